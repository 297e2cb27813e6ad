import { memo } from 'react'
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
      <span>{search === '' ? entry.text : <Marked text={entry.text} search={search} />}</span>
    </div>
  )
})

function Marked({ text, search }: { readonly text: string; readonly search: string }) {
  const at = text.toLowerCase().indexOf(search.toLowerCase())
  if (at < 0) return text
  const end = at + search.length
  return (
    <>
      {text.slice(0, at)}
      <mark>{text.slice(at, end)}</mark>
      <Marked text={text.slice(end)} search={search} />
    </>
  )
}
