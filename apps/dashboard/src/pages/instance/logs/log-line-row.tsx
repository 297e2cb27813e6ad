import { memo } from 'react'
import { Marked } from '../../../ui/logs/marked.tsx'
import { clockText } from '../../../words/times.ts'
import type { LogEntry } from './log-buffer.ts'

interface LogLineRowProps {
  readonly entry: LogEntry
  /** Pixels from the beginning. */
  readonly top: number
  readonly search: string
}

export const LogLineRow = memo(function LogLineRow({ entry, top, search }: LogLineRowProps) {
  return (
    <div className="oak-log-line" data-stream={entry.stream} style={{ transform: `translateY(${top}px)` }}>
      <span className="oak-log-time">{clockText(entry.timeMs)}</span>
      <span className="oak-log-stream">{entry.stream === 'stderr' ? 'err' : 'out'}</span>
      <span>
        <Marked text={entry.text} search={search} />
      </span>
    </div>
  )
})
