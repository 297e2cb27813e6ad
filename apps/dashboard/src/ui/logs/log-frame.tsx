import { Button } from '@mantine/core'
import { IconArrowDown } from '@tabler/icons-react'
import { useVirtualizer } from '@tanstack/react-virtual'
import { type ReactNode, type RefCallback, useEffect, useRef, useState } from 'react'
import './log-frame.css'

/** Where a line is drawn. */
export interface LogPlace {
  readonly index: number
  /** Pixels from the beginning. */
  readonly top: number
  /** For lines that differ in height: the element of the line, which carries `data-index`. */
  readonly measure: RefCallback<Element>
}

interface LogFrameProps<Line extends { readonly key: string | number }> {
  readonly lines: readonly Line[]
  /** Of one line, unless it measures itself. */
  readonly linePx: number
  readonly paused?: boolean
  readonly isWide?: boolean
  /** Shown before the first line. */
  readonly above?: ReactNode
  /** Said when there are no lines. */
  readonly none: string
  readonly row: (line: Line, place: LogPlace) => ReactNode
}

/** Draws the lines that are seen, and stays at the end unless somebody scrolled up. */
export function LogFrame<Line extends { readonly key: string | number }>(props: LogFrameProps<Line>) {
  const { lines, linePx, paused = false, isWide = false, above, none, row } = props
  const box = useRef<HTMLDivElement>(null)
  const [atEnd, setAtEnd] = useState(true)
  const virtual = useVirtualizer({
    count: lines.length,
    getScrollElement: () => box.current,
    estimateSize: () => linePx,
    overscan: 30,
    getItemKey: (index) => lines[index]?.key ?? index,
  })
  const toEnd = () => box.current?.scrollTo({ top: box.current.scrollHeight })
  useEffect(() => {
    if (atEnd && !paused) toEnd()
  }, [lines, atEnd, paused])
  const onScroll = () => {
    const element = box.current
    if (element) setAtEnd(element.scrollHeight - element.scrollTop - element.clientHeight < linePx * 2)
  }
  const width = isWide ? { minWidth: '100%', width: 'max-content' } : {}
  return (
    <div className="oak-logs-frame">
      <div ref={box} className="oak-logs-lines" onScroll={onScroll} tabIndex={0} role="log" aria-live="off" aria-label="Lines">
        {above}
        {lines.length === 0 ? <p className="oak-logs-none">{none}</p> : null}
        <div style={{ height: virtual.getTotalSize(), position: 'relative', ...width }}>
          {virtual.getVirtualItems().map(({ index, start }) => {
            const line = lines[index]
            return line ? row(line, { index, top: start, measure: virtual.measureElement }) : null
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
