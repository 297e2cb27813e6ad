import { useCallback, useEffect, useReducer, useRef, useState } from 'react'
import { failureOf } from '../../api/failure.ts'
import { useApp } from '../../app-services.ts'
import type { Query } from '../access/infrastructure-api.ts'
import { useInfrastructure } from '../infrastructure.ts'
import type { LogLine, LogPage } from '../types.ts'
import { ControlLogBuffer, type KeyedLine } from './control-log-buffer.ts'

const PAGE = 500
const RETRY_MS = 2_000
/** Lines shown at a time while many arrive: drawing each would freeze the page. */
const FRAME_MS = 100

export interface ControlLogs {
  /** The oldest first. */
  readonly lines: readonly KeyedLine[]
  readonly waiting: number
  readonly missed: number
  readonly connected: boolean
  readonly problem: string | undefined
  /** Undefined when there are none. */
  readonly older: (() => void) | undefined
}

/** What was logged, and what is logged from now on. @param filter the same for both; a new one begins anew */
export function useControlLogs(filter: Query, paused: boolean): ControlLogs {
  const { api } = useInfrastructure()
  const { clock } = useApp()
  const buffer = useRef(new ControlLogBuffer())
  const [, redraw] = useReducer((count: number) => count + 1, 0)
  const [state, setState] = useState<Pick<ControlLogs, 'connected' | 'problem'>>({ connected: false, problem: undefined })
  const [hasOlder, setHasOlder] = useState(false)
  const key = JSON.stringify(filter)

  const fetchPage = useCallback(
    (before: number | undefined, signal?: AbortSignal) =>
      api.get<LogPage>('/logs', { ...(JSON.parse(key) as Query), limit: PAGE, before }, signal),
    [api, key],
  )

  useEffect(() => {
    const stop = new AbortController()
    const mine = new ControlLogBuffer()
    buffer.current = mine
    let scheduled = false
    const show = () => {
      if (scheduled) return
      scheduled = true
      clock.after(FRAME_MS, () => {
        scheduled = false
        redraw()
      })
    }
    // What was logged is read once the stream stands, so that nothing falls between the two; what is in both is shown once.
    const readOnce = async (opened: Promise<void>, signal: AbortSignal) => {
      await opened
      const { lines, isComplete } = await fetchPage(undefined, signal)
      mine.addPage(lines)
      setHasOlder(!isComplete)
      setState({ connected: true, problem: undefined })
      show()
    }
    const follow = async (heard: () => void, signal: AbortSignal) => {
      for await (const { type, data } of api.events('/logs/stream', JSON.parse(key) as Query, signal, heard)) {
        if (type === 'line') mine.add(JSON.parse(data) as LogLine)
        else if (type === 'missed') mine.addMissed((JSON.parse(data) as { readonly lines: number }).lines)
        show()
      }
    }
    const followOnce = async () => {
      const attempt = new AbortController()
      const signal = AbortSignal.any([stop.signal, attempt.signal])
      let open = () => {}
      const opened = new Promise<void>((resolve) => {
        open = resolve
      })
      try {
        await Promise.all([readOnce(opened, signal), follow(open, signal)])
      } finally {
        attempt.abort()
      }
    }
    const run = async () => {
      while (!stop.signal.aborted) {
        const thrown: unknown = await followOnce().catch((problem: unknown) => problem)
        if (stop.signal.aborted) return
        setState({ connected: false, problem: thrown === undefined ? undefined : failureOf(thrown).text })
        await clock.sleep(RETRY_MS, stop.signal).catch(() => undefined)
      }
    }
    void run()
    return () => stop.abort()
  }, [api, clock, fetchPage, key])

  useEffect(() => {
    buffer.current.hold(paused)
    redraw()
  }, [paused, key])

  const older = async () => {
    const mine = buffer.current
    const page = await fetchPage(mine.oldestMs())
    mine.addPage(page.lines)
    setHasOlder(!page.isComplete)
    redraw()
  }
  const { lines, waiting, missed } = buffer.current
  return { lines, waiting, missed, ...state, older: hasOlder ? () => void older().catch(() => setHasOlder(true)) : undefined }
}
