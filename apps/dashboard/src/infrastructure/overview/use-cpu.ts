import { useRef } from 'react'
import { useBeat } from '../infrastructure.ts'
import { sumOf } from '../numbers.ts'

interface Reading {
  readonly timeMs: number
  readonly seconds: number
}

/** Processor time is told as a sum: what it grew by between two beats, in percent of one core. */
export function useCpu(): number | undefined {
  const { families, timeMs } = useBeat()
  const readings = useRef<readonly Reading[]>([])
  const seconds = sumOf(families, 'process_cpu_seconds_total')
  if (timeMs !== undefined && seconds !== undefined && readings.current.at(-1)?.timeMs !== timeMs) {
    readings.current = [...readings.current.slice(-1), { timeMs, seconds }]
  }
  const [before, now] = readings.current
  return before && now ? cpuPercent(before, now) : undefined
}

/** Undefined when the process was started anew between them. Pure. */
export function cpuPercent(before: Reading, now: Reading): number | undefined {
  if (now.seconds < before.seconds || now.timeMs <= before.timeMs) return undefined
  return ((now.seconds - before.seconds) * 100_000) / (now.timeMs - before.timeMs)
}
