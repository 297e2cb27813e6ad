/**
 * Runs one asynchronous job at a time, and once more when it was asked for while running.
 * Any number of requests during a run cost one further run. Errors reach the callers that waited for that run.
 */
export class LatestTask {
  #running: Promise<void> | undefined
  #next: Promise<void> | undefined
  readonly #job: () => Promise<void>

  constructor(job: () => Promise<void>) {
    this.#job = job
  }

  /** Resolves after a run that started at or after this call. */
  request(): Promise<void> {
    if (!this.#running) return this.#start()
    this.#next ??= this.#running.then(
      () => this.#start(),
      () => this.#start(),
    )
    return this.#next
  }

  #start(): Promise<void> {
    this.#next = undefined
    const run = this.#job().finally(() => {
      if (this.#running === run) this.#running = undefined
    })
    this.#running = run
    return run
  }
}
