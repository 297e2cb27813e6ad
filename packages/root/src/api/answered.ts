/** An answer that says something in its headers as well. */
export class Answered {
  readonly body: unknown
  readonly headers: Readonly<Record<string, string>>

  constructor(body: unknown, headers: Readonly<Record<string, string>>) {
    this.body = body
    this.headers = headers
  }
}
