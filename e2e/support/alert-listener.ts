interface Firing {
  readonly atMs: number
  readonly rules: readonly string[]
}

/** Hears of alerts where the bell of the main page does: on root's stream of events. */
export class AlertListener implements AsyncDisposable {
  /** What was firing, each time it was told; times are those of the wall clock. */
  readonly heard: Firing[] = []
  readonly #abort = new AbortController()
  readonly #reading: Promise<void>

  /** @param url of root's API. @param token of a user who may know */
  constructor(url: string, token: string) {
    this.#reading = this.#read(`${url}/api/events/stream?alerts=true`, token).catch(() => undefined)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort()
    await this.#reading
  }

  async #read(url: string, token: string): Promise<void> {
    const answer = await fetch(url, { headers: { authorization: `Bearer ${token}` }, signal: this.#abort.signal })
    let rest = ''
    for await (const chunk of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      const blocks = (rest + chunk).split('\n\n')
      rest = blocks.pop() ?? ''
      for (const block of blocks) this.#take(block)
    }
  }

  #take(block: string): void {
    const data = /^event: alerts\ndata: (.*)$/m.exec(block)?.[1]
    if (data === undefined) return
    const { alerts } = JSON.parse(data) as { readonly alerts: readonly { readonly rule: string }[] }
    this.heard.push({ atMs: Date.now(), rules: alerts.map(({ rule }) => rule) })
  }
}
