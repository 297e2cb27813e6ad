import type { LogLine } from '../types.ts'

export interface KeyedLine extends LogLine {
  readonly key: string
}

/** More are a download. */
export const KEPT_MAX = 20_000

/** Lines in the order of their times, each once, however it came. */
export class ControlLogBuffer {
  #lines: readonly KeyedLine[] = []
  #held: LogLine[] = []
  #isHeld = false
  #missed = 0

  get lines(): readonly KeyedLine[] {
    return this.#lines
  }

  /** Lines that came while it was held still. */
  get waiting(): number {
    return this.#held.length
  }

  get missed(): number {
    return this.#missed
  }

  oldestMs(): number | undefined {
    return this.#lines[0]?.timeMs
  }

  add(line: LogLine): void {
    if (!this.#isHeld) return this.#insert([line])
    this.#held.push(line)
    if (this.#held.length > KEPT_MAX) this.#held.shift()
  }

  /** @param page the newest first, as the archive gives them */
  addPage(page: readonly LogLine[]): void {
    this.#insert(page.toReversed())
  }

  addMissed(count: number): void {
    this.#missed += count
  }

  hold(isHeld: boolean): void {
    this.#isHeld = isHeld
    if (isHeld) return
    this.#insert(this.#held)
    this.#held = []
  }

  #insert(lines: readonly LogLine[]): void {
    if (lines.length === 0) return
    const known = new Set(this.#lines.map(({ key }) => key))
    const keyed = lines.map((line) => ({ ...line, key: keyOf(line) })).filter(({ key }) => !known.has(key) && known.add(key))
    const all = [...this.#lines, ...keyed]
    const isSorted = all.every((line, at) => at === 0 || (all[at - 1]?.timeMs ?? 0) <= line.timeMs)
    const ordered = isSorted ? all : all.sort((a, b) => a.timeMs - b.timeMs)
    this.#lines = ordered.slice(-KEPT_MAX)
  }
}

function keyOf({ timeMs, level, message, fields }: LogLine): string {
  return `${timeMs} ${level} ${message} ${JSON.stringify(fields)}`
}
