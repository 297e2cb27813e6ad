import { Button } from '@mantine/core'
import { IconArrowDown } from '@tabler/icons-react'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useRef, useState } from 'react'
import { clockText, momentText } from '../../words/times.ts'
import type { KeyedLine } from './control-log-buffer.ts'
import type { ControlLogs } from './use-control-logs.ts'

const LINE_PX = 24

interface LogLinesProps {
  readonly logs: ControlLogs
  readonly search: string
  readonly paused: boolean
}

/** Draws the lines that are seen, and stays at the end unless somebody scrolled up. A line opens to all it has to say. */
export function LogLines({ logs, search, paused }: LogLinesProps) {
  const { lines, older } = logs
  const box = useRef<HTMLDivElement>(null)
  const [atEnd, setAtEnd] = useState(true)
  const [open, setOpen] = useState<string>()
  const virtual = useVirtualizer({
    count: lines.length,
    getScrollElement: () => box.current,
    estimateSize: () => LINE_PX,
    overscan: 25,
    getItemKey: (index) => lines[index]?.key ?? index,
  })
  const toEnd = () => {
    const element = box.current
    if (element) element.scrollTop = element.scrollHeight
  }
  useEffect(() => {
    if (atEnd && !paused) toEnd()
  }, [lines, atEnd, paused])
  const onScroll = () => {
    const element = box.current
    if (element) setAtEnd(element.scrollHeight - element.scrollTop - element.clientHeight < LINE_PX * 2)
  }
  return (
    <div className="oak-logs-frame">
      <div ref={box} className="oak-logs-lines" onScroll={onScroll} tabIndex={0} role="log" aria-live="off" aria-label="Lines">
        {older ? (
          <Button size="compact-xs" variant="subtle" onClick={older} className="oak-logs-older">
            Show older lines
          </Button>
        ) : null}
        {lines.length === 0 ? (
          <p className="oak-logs-none">{logs.connected ? 'No line matches. New ones appear here at once.' : 'Asking for lines'}</p>
        ) : null}
        <div style={{ height: virtual.getTotalSize(), position: 'relative' }}>
          {virtual.getVirtualItems().map((item) => {
            const line = lines[item.index]
            if (!line) return null
            const isOpen = open === line.key
            return (
              <div
                key={item.key}
                data-index={item.index}
                ref={virtual.measureElement}
                className="oak-control-line"
                data-level={line.level}
                style={{ transform: `translateY(${item.start}px)` }}
              >
                <button type="button" aria-expanded={isOpen} onClick={() => setOpen(isOpen ? undefined : line.key)}>
                  <Summary line={line} search={search} />
                </button>
                {isOpen ? <Details line={line} /> : null}
              </div>
            )
          })}
        </div>
      </div>
      {atEnd ? null : (
        <Button className="oak-logs-to-end" size="xs" leftSection={<IconArrowDown size={14} />} onClick={toEnd}>
          To the end
        </Button>
      )}
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

function Marked({ text, search }: { readonly text: string; readonly search: string }) {
  const at = search === '' ? -1 : text.toLowerCase().indexOf(search.toLowerCase())
  if (at < 0) return text
  const end = at + search.length
  return (
    <>
      {text.slice(0, at)}
      <mark>{text.slice(at, end)}</mark>
      {text.slice(end)}
    </>
  )
}
