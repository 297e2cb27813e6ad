/** What tests look at of events, samples, alerts and ends. */
interface ReadData {
  readonly id: string
  readonly kind: string
  readonly instanceId: string
  readonly cpuPercent: number
  readonly object: { readonly name: string }
  readonly firing: number
  readonly alerts: readonly object[]
}

/** What came of a stream of server-sent events. */
export interface ReadEvent {
  readonly id?: string
  readonly type: string
  readonly data: ReadData
}

/** A client of streams of events, over real sockets. */
export class EventReader implements AsyncDisposable {
  readonly status: number
  readonly events: ReadEvent[] = []
  /** Everything that came, comments included. */
  text = ''
  isOver = false
  readonly #abort: AbortController
  readonly #reading: Promise<void>

  private constructor(answer: Response, abort: AbortController) {
    this.status = answer.status
    this.#abort = abort
    this.#reading = this.#read(answer).catch(() => undefined)
  }

  static async open(url: string, headers: Readonly<Record<string, string>>): Promise<EventReader> {
    const abort = new AbortController()
    return new EventReader(await fetch(url, { headers, signal: abort.signal }), abort)
  }

  /** Kinds of the events that came, in order. */
  get kinds(): readonly string[] {
    return this.events.filter(({ type }) => type === 'event').map(({ data }) => data.kind)
  }

  of(type: string): readonly ReadEvent[] {
    return this.events.filter((event) => event.type === type)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort()
    await this.#reading
  }

  async #read(answer: Response): Promise<void> {
    try {
      let rest = ''
      for await (const chunk of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) {
        this.text += chunk
        const blocks = (rest + chunk).split('\n\n')
        rest = blocks.pop() ?? ''
        for (const block of blocks) this.#take(block)
      }
    } finally {
      this.isOver = true
    }
  }

  #take(block: string): void {
    const fields = new Map(block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]))
    const [type, data, id] = [fields.get('event'), fields.get('data'), fields.get('id')]
    if (type !== undefined) this.events.push({ type, data: JSON.parse(data ?? 'null'), ...(id !== undefined && { id }) })
  }
}
