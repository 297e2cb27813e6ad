/** Since when each connected cluster is known to be connected. */
export class HeardClusters {
  readonly #since = new Map<string, number>()

  /** To be told now and then who is connected; a break that nobody was told of is none. */
  note(connected: ReadonlySet<string>, nowMs: number): void {
    for (const id of this.#since.keys()) if (!connected.has(id)) this.#since.delete(id)
    for (const id of connected) if (!this.#since.has(id)) this.#since.set(id, nowMs)
  }

  since(clusterId: string): number | undefined {
    return this.#since.get(clusterId)
  }
}
