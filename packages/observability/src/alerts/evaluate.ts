import type { MetricFamily, MetricSample } from '@oakestra/base'
import { seriesId } from '../series/series.ts'
import { type AlertRule, COMPARISONS } from './rule.ts'

/** A number that a rule says people should know of. */
export interface Finding {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

interface Reading {
  readonly atMs: number
  readonly value: number
}

/** Compares numbers with rules. Keeps of the past only what rules about growth need: when a number changed, and to what. */
export class Evaluator {
  /** By rule and series, oldest first. */
  readonly #readings = new Map<string, Reading[]>()

  /**
   * @param nowMs monotonic
   * @returns what is above the line now, whatever was before; and numbers that are not known (NaN), which say neither
   */
  evaluate(rule: AlertRule, families: readonly MetricFamily[], nowMs: number): readonly Finding[] {
    const samples = families.filter(({ name }) => name === rule.metric).flatMap((family) => family.samples)
    const mine = samples.filter(({ labels }) => Object.entries(rule.where ?? {}).every(([key, value]) => labels[key] === value))
    const measured = rule.growthWithinMs === undefined ? mine : mine.map((sample) => this.#growth(rule, sample, nowMs))
    return summed(measured, rule.by).filter(({ value }) => Number.isNaN(value) || COMPARISONS[rule.is](value, rule.threshold))
  }

  #growth(rule: AlertRule, { labels, value }: MetricSample, nowMs: number): MetricSample {
    const key = `${rule.name} ${seriesId(rule.metric, labels)}`
    const readings = this.#readings.get(key) ?? []
    if (readings.at(-1)?.value !== value) readings.push({ atMs: nowMs, value })
    const sinceMs = nowMs - (rule.growthWithinMs ?? 0)
    // The last one before the window is where growth is counted from.
    while ((readings[1]?.atMs ?? Infinity) <= sinceMs) readings.shift()
    this.#readings.set(key, readings)
    return { labels, value: growthOf(readings) }
  }
}

/** A counter that is smaller than before began again at 0. */
function growthOf(readings: readonly Reading[]): number {
  let growth = 0
  for (const [at, { value }] of readings.entries()) {
    const before = readings[at - 1]?.value ?? value
    growth += value >= before ? value - before : value
  }
  return growth
}

function summed(samples: readonly MetricSample[], by: readonly string[] | undefined): readonly Finding[] {
  if (!by) return samples
  const sums = new Map<string, Finding>()
  for (const sample of samples) {
    const labels = Object.fromEntries(by.flatMap((name) => (sample.labels[name] === undefined ? [] : [[name, sample.labels[name]]])))
    const key = seriesId('', labels)
    sums.set(key, { labels, value: (sums.get(key)?.value ?? 0) + sample.value })
  }
  return [...sums.values()]
}
