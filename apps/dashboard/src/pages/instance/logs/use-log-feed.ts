import type { Api } from '@oakestra/api-client'
import { useCallback, useEffect, useReducer, useRef, useState } from 'react'
import { failureOf } from '../../../api/failure.ts'
import { type AppServices, useApp } from '../../../app-services.ts'
import { LogBuffer, type LogEntry, type LogFilter } from './log-buffer.ts'
import { readEntry } from './read-entry.ts'

/** Read at once; what is older is a download. */
const TAIL = 2_000
const RETRY_MS = 2_000
/** Lines shown at a time while many arrive: drawing each would freeze the page. */
const FRAME_MS = 80
/** Held back while the view is paused; the oldest of them go first. */
const WAITING_MAX = 50_000

export interface LogFeed {
  readonly shown: readonly LogEntry[]
  readonly total: number
  readonly dropped: number
  /** Lines that arrived while it was paused. */
  readonly waiting: number
  readonly problem: string | undefined
  readonly connected: boolean
  clear(): void
}

interface FeedOptions {
  readonly serviceId: string
  readonly instanceNumber: number
  readonly paused: boolean
  readonly filter: LogFilter
}

/** Follows the output of an instance: gathers lines, shows them a few times a second, connects again by itself. */
export function useLogFeed({ serviceId, instanceNumber, paused, filter }: FeedOptions): LogFeed {
  const app = useApp()
  const buffer = useRef(new LogBuffer())
  const waiting = useRef<Omit<LogEntry, 'key'>[]>([])
  const pausedNow = useRef(paused)
  const [, redraw] = useReducer((count: number) => count + 1, 0)
  const [state, setState] = useState<{ readonly connected: boolean; readonly problem?: string }>({ connected: false })

  const flush = useCallback(() => {
    if (!pausedNow.current) buffer.current.add(waiting.current.splice(0))
    redraw()
  }, [])

  useEffect(() => {
    pausedNow.current = paused
    flush()
  }, [paused, flush])

  useEffect(() => {
    buffer.current.setFilter(filter)
    redraw()
  }, [filter])

  useEffect(() => {
    const stop = new AbortController()
    buffer.current.clear()
    waiting.current = []
    const take = gatherer(app, flush, waiting.current)
    void follow(app, { serviceId, instanceNumber }, stop.signal, take, setState)
    return () => stop.abort()
  }, [app, serviceId, instanceNumber, flush])

  const clear = () => {
    waiting.current.splice(0)
    buffer.current.clear()
    redraw()
  }
  const { shown, size, dropped } = buffer.current
  return {
    shown,
    total: size,
    dropped,
    waiting: paused ? waiting.current.length : 0,
    problem: state.problem,
    connected: state.connected,
    clear,
  }
}

/** Takes lines at any speed and has them shown a few times a second. */
function gatherer({ clock }: AppServices, flush: () => void, waiting: Omit<LogEntry, 'key'>[]) {
  let scheduled = false
  return (line: Api.LogLine) => {
    waiting.push(readEntry(line))
    if (waiting.length > WAITING_MAX) waiting.splice(0, WAITING_MAX / 10)
    if (scheduled) return
    scheduled = true
    clock.after(FRAME_MS, () => {
      scheduled = false
      flush()
    })
  }
}

type Place = Pick<FeedOptions, 'serviceId' | 'instanceNumber'>
type SetState = (state: { readonly connected: boolean; readonly problem?: string }) => void

async function follow(
  app: AppServices,
  place: Place,
  signal: AbortSignal,
  take: (line: Api.LogLine) => void,
  setState: SetState,
): Promise<void> {
  let last = ''
  while (!signal.aborted) {
    const from = last
    const query = { follow: 'true' as const, ...(last === '' ? { tail: String(TAIL) } : { since: last }) }
    try {
      setState({ connected: true })
      for await (const line of app.api.lines('GET /api/service/{serviceId}/instance/{instanceNumber}/logs', {
        params: place,
        query,
        signal,
      })) {
        // `since` includes its moment: what was seen is not shown twice.
        if (line.time <= from) continue
        last = line.time
        take(line)
      }
      setState({ connected: false })
    } catch (thrown) {
      if (!signal.aborted) setState({ connected: false, problem: failureOf(thrown).text })
    }
    await app.clock.sleep(RETRY_MS, signal).catch(() => undefined)
  }
}
