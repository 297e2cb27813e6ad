import type { Clock, MetricFamily } from '@oakestra/base'
import type { Store, Writer } from '@oakestra/store'
import { seriesId } from '../series/series.ts'
import { type Alert, alerts, nextAlert } from './alert.ts'
import { Evaluator, type Finding } from './evaluate.ts'
import type { AlertRule } from './rule.ts'

/** Alerts that are over and kept for people to look at. */
const PAST_MAX = 1_000
/** More at once are one trouble, not many; the rest waits until some are over. */
const OPEN_MAX = 500

/** Which alerts are pending, firing and over. Survives restarts: what fires goes on firing, and nobody is told twice. */
export class AlertBook {
  readonly #store: Store
  readonly #clock: Clock
  readonly #rules: readonly AlertRule[]
  readonly #evaluator = new Evaluator()
  readonly #open = new Map<string, Alert>()
  #version = 0

  private constructor(store: Store, clock: Clock, rules: readonly AlertRule[]) {
    this.#store = store
    this.#clock = clock
    this.#rules = rules
  }

  static async open(store: Store, clock: Clock, rules: readonly AlertRule[]): Promise<AlertBook> {
    const book = new AlertBook(store, clock, rules)
    const firing = await store.read((reader) => reader.list(alerts, { index: 'state', equals: 'firing' }))
    for (const alert of firing) book.#open.set(seriesId(alert.rule, alert.labels), alert)
    return book
  }

  get rules(): readonly AlertRule[] {
    return this.#rules
  }

  /** Another one after each change of which receivers may have to be told. */
  get version(): number {
    return this.#version
  }

  /** Those that are pending or firing, the most urgent first. */
  current(): readonly Alert[] {
    const rank = { critical: 0, warning: 1, info: 2 }
    return [...this.#open.values()].sort((a, b) => rank[a.severity] - rank[b.severity] || a.startedAtMs - b.startedAtMs)
  }

  /** Those that are over, the newest first. */
  async past(limit = 100): Promise<readonly Alert[]> {
    const over = await this.#store.read((reader) => reader.list(alerts, { index: 'resolvedAtMs' }))
    return over.toReversed().slice(0, limit)
  }

  /** Looks at numbers as they are now. @returns alerts that began to fire or are over since the last look */
  async look(families: readonly MetricFamily[]): Promise<readonly Alert[]> {
    const changed = this.#rules.flatMap((rule) => this.#lookAt(rule, families))
    this.#dropUnknownRules(changed)
    if (changed.length === 0) return changed
    await this.#store.write((writer) => keep(writer, changed))
    this.#version += 1
    return changed
  }

  /** Remembers what a receiver was told. */
  async told(receiver: string, told: readonly Alert[]): Promise<void> {
    await this.#store.write(async (writer) => {
      for (const { id, state } of told) {
        const known = await writer.get(alerts, id)
        if (!known || state === 'pending') continue
        const next = { ...known, told: { ...known.told, [receiver]: state } }
        await writer.put(alerts, next)
        const key = seriesId(known.rule, known.labels)
        if (this.#open.get(key)?.id === id) this.#open.set(key, { ...this.#open.get(key), ...next })
      }
    })
  }

  /** What a receiver has not been told yet. What began and was over before it could be told is not worth telling. */
  async untold(receiver: string): Promise<readonly Alert[]> {
    const [firing, over] = await this.#store.read(async (reader) => [
      await reader.list(alerts, { index: 'state', equals: 'firing' }),
      await reader.list(alerts, { index: 'state', equals: 'resolved' }),
    ])
    return [...firing.filter(({ told }) => told[receiver] !== 'firing'), ...over.filter(({ told }) => told[receiver] === 'firing')]
  }

  #lookAt(rule: AlertRule, families: readonly MetricFamily[]): Alert[] {
    const findings = this.#evaluator.evaluate(rule, families, this.#clock.monotonicMs())
    const found = new Map(findings.map((finding) => [seriesId(rule.name, finding.labels), finding] as const))
    // Not to know, as just after a start, begins nothing and ends nothing.
    const known = (key: string) => !Number.isNaN(found.get(key)?.value)
    const keys = new Set([...found.keys(), ...this.#keysOf(rule)])
    return [...keys].filter(known).flatMap((key) => this.#advance(rule, key, found.get(key)) ?? [])
  }

  #keysOf(rule: AlertRule): readonly string[] {
    return [...this.#open].filter(([, alert]) => alert.rule === rule.name).map(([key]) => key)
  }

  #advance(rule: AlertRule, key: string, finding: Finding | undefined): Alert | undefined {
    const before = this.#open.get(key)
    if (!before && this.#open.size >= OPEN_MAX) return undefined
    const next = nextAlert(rule, before, finding, this.#clock.wallMs())
    if (!next || next.state === 'resolved') this.#open.delete(key)
    else this.#open.set(key, next)
    return next && next.state !== 'pending' && next.state !== before?.state ? next : undefined
  }

  /** A rule that was taken away leaves nothing firing. */
  #dropUnknownRules(changed: Alert[]): void {
    const names = new Set(this.#rules.map(({ name }) => name))
    for (const [key, alert] of this.#open) {
      if (names.has(alert.rule)) continue
      this.#open.delete(key)
      changed.push({ ...alert, state: 'resolved', resolvedAtMs: this.#clock.wallMs() })
    }
  }
}

async function keep(writer: Writer, changed: readonly Alert[]): Promise<void> {
  for (const alert of changed) await writer.put(alerts, alert)
  const over = await writer.list(alerts, { index: 'resolvedAtMs' })
  for (const { id } of over.slice(0, Math.max(0, over.length - PAST_MAX))) await writer.remove(alerts, id)
}
