import { Button } from '@mantine/core'
import { useState } from 'react'
import { LogFrame, type LogPlace } from '../../ui/logs/log-frame.tsx'
import { Marked } from '../../ui/logs/marked.tsx'
import { clockText, momentText } from '../../words/times.ts'
import type { KeyedLine } from './control-log-buffer.ts'
import type { ControlLogs } from './use-control-logs.ts'

const LINE_PX = 24

interface LogLinesProps {
  readonly logs: ControlLogs
  readonly search: string
  readonly paused: boolean
}

/** A line opens to all it has to say. */
export function LogLines({ logs, search, paused }: LogLinesProps) {
  const { lines, older, connected } = logs
  const [open, setOpen] = useState<string>()
  const more = older && (
    <Button size="compact-xs" variant="subtle" onClick={older} className="oak-logs-older">
      Show older lines
    </Button>
  )
  return (
    <LogFrame
      lines={lines}
      linePx={LINE_PX}
      paused={paused}
      above={more}
      none={connected ? 'No line matches. New ones appear here at once.' : 'Asking for lines'}
      row={(line, place) => (
        <Line
          key={line.key}
          line={line}
          place={place}
          search={search}
          isOpen={open === line.key}
          toggle={() => setOpen(open === line.key ? undefined : line.key)}
        />
      )}
    />
  )
}

interface LineProps {
  readonly line: KeyedLine
  readonly place: LogPlace
  readonly search: string
  readonly isOpen: boolean
  readonly toggle: () => void
}

function Line({ line, place: { index, top, measure }, search, isOpen, toggle }: LineProps) {
  return (
    <div
      data-index={index}
      ref={measure}
      className="oak-control-line"
      data-level={line.level}
      style={{ transform: `translateY(${top}px)` }}
    >
      <button type="button" aria-expanded={isOpen} onClick={toggle}>
        <Summary line={line} search={search} />
      </button>
      {isOpen ? <Details line={line} /> : null}
    </div>
  )
}

function Summary({ line: { timeMs, level, message, fields }, search }: { readonly line: KeyedLine; readonly search: string }) {
  const { role, err: _err, ...rest } = fields
  const said = Object.entries(rest).map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
  return (
    <>
      <span className="oak-log-time">{clockText(timeMs)}</span>
      <span className="oak-log-level">{level}</span>
      <span className="oak-log-role">{typeof role === 'string' ? role : ''}</span>
      <span className="oak-log-message">
        <Marked text={message} search={search} />
        <span className="oak-muted"> {said.join(' ')}</span>
      </span>
    </>
  )
}

function Details({ line: { timeMs, fields } }: { readonly line: KeyedLine }) {
  return (
    <pre className="oak-control-details">
      {momentText(timeMs)}
      {'\n'}
      {JSON.stringify(fields, undefined, 2).replaceAll(String.raw`\n`, '\n    ')}
    </pre>
  )
}
