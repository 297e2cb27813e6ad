import { ActionIcon, Button, Chip, Group, TextInput, Tooltip } from '@mantine/core'
import { IconArrowDown, IconClearAll, IconDownload, IconPlayerPause, IconPlayerPlay, IconSearch } from '@tabler/icons-react'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useMemo, useRef, useState } from 'react'
import { useApp } from '../../../app-services.ts'
import { download } from '../../../ui/download.ts'
import { tellFailure } from '../../../ui/use-action.ts'
import { LINES_MAX } from './log-buffer.ts'
import { LogLineRow } from './log-line-row.tsx'
import './logs.css'
import { useLogFeed } from './use-log-feed.ts'

const LINE_PX = 20

interface LogViewProps {
  readonly serviceId: string
  readonly instanceNumber: number
  readonly name: string
}

/** The output of an instance as it comes: followed, searched, held still, taken along. */
export default function LogView({ serviceId, instanceNumber, name }: LogViewProps) {
  const [paused, setPaused] = useState(false)
  const [streams, setStreams] = useState<string[]>(['stdout', 'stderr'])
  const [search, setSearch] = useState('')
  const filter = useMemo(() => ({ stdout: streams.includes('stdout'), stderr: streams.includes('stderr'), search }), [streams, search])
  const feed = useLogFeed({ serviceId, instanceNumber, paused, filter })
  const save = useDownload({ serviceId, instanceNumber, name })
  return (
    <section className="oak-card oak-logs" aria-label={`Logs of ${name}`}>
      <Group className="oak-logs-bar" gap="sm">
        <TextInput
          aria-label="Search the logs"
          placeholder="Search"
          leftSection={<IconSearch size={15} />}
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
          size="xs"
          style={{ flex: '1 1 160px', maxWidth: 320 }}
        />
        <Chip.Group multiple value={streams} onChange={setStreams}>
          <Group gap={6}>
            <Chip value="stdout" size="xs" variant="outline">
              stdout
            </Chip>
            <Chip value="stderr" size="xs" variant="outline" color="red">
              stderr
            </Chip>
          </Group>
        </Chip.Group>
        <span style={{ flex: 1 }} />
        <Button
          size="xs"
          variant="default"
          leftSection={paused ? <IconPlayerPlay size={14} /> : <IconPlayerPause size={14} />}
          onClick={() => setPaused(!paused)}
        >
          {paused ? `Go on${feed.waiting > 0 ? ` (${feed.waiting.toLocaleString('en')} new)` : ''}` : 'Pause'}
        </Button>
        <Tooltip label="Download everything that is kept">
          <ActionIcon onClick={save.run} loading={save.busy} size="md" aria-label="Download the logs">
            <IconDownload size={17} />
          </ActionIcon>
        </Tooltip>
        <Tooltip label="Empty this view">
          <ActionIcon onClick={feed.clear} size="md" aria-label="Empty this view">
            <IconClearAll size={17} />
          </ActionIcon>
        </Tooltip>
      </Group>
      <Lines feed={feed} search={search} />
      <div className="oak-logs-foot" role="status">
        {feed.problem && !feed.connected ? (
          <span data-tone="warn">{feed.problem} Trying again.</span>
        ) : (
          <span>{feed.connected ? 'Following' : 'Connecting'}</span>
        )}
        <span className="oak-number">
          {feed.shown.length === feed.total
            ? `${feed.total.toLocaleString('en')} lines`
            : `${feed.shown.length.toLocaleString('en')} of ${feed.total.toLocaleString('en')} lines`}
          {feed.dropped > 0 ? `, the newest ${LINES_MAX.toLocaleString('en')} at most: older ones are in the download` : ''}
        </span>
      </div>
    </section>
  )
}

/** Draws the lines that are seen, and stays at the end unless somebody scrolled up. */
function Lines({ feed, search }: { readonly feed: ReturnType<typeof useLogFeed>; readonly search: string }) {
  const { shown } = feed
  const box = useRef<HTMLDivElement>(null)
  const [atEnd, setAtEnd] = useState(true)
  const virtual = useVirtualizer({
    count: shown.length,
    getScrollElement: () => box.current,
    estimateSize: () => LINE_PX,
    overscan: 30,
    getItemKey: (index) => shown[index]?.key ?? index,
  })
  const toEnd = () => {
    const element = box.current
    if (element) element.scrollTop = element.scrollHeight
  }
  useEffect(() => {
    if (atEnd) toEnd()
  }, [shown, atEnd])
  const onScroll = () => {
    const element = box.current
    if (element) setAtEnd(element.scrollHeight - element.scrollTop - element.clientHeight < LINE_PX * 2)
  }
  return (
    <div className="oak-logs-frame">
      <div ref={box} className="oak-logs-lines" onScroll={onScroll} tabIndex={0} role="log" aria-live="off" aria-label="Lines">
        {shown.length === 0 ? (
          <p className="oak-logs-none">
            {feed.total === 0 ? 'Nothing was written yet. What is written appears here at once.' : 'No line matches.'}
          </p>
        ) : null}
        <div style={{ height: virtual.getTotalSize(), position: 'relative', minWidth: '100%', width: 'max-content' }}>
          {virtual.getVirtualItems().map((item) => {
            const entry = shown[item.index]
            return entry ? <LogLineRow key={item.key} entry={entry} top={item.start} search={search} /> : null
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

/** Everything the node keeps, as a text file. */
function useDownload({ serviceId, instanceNumber, name }: LogViewProps) {
  const { api } = useApp()
  const [busy, setBusy] = useState(false)
  const run = async () => {
    setBusy(true)
    try {
      const parts: string[] = []
      const params = { serviceId, instanceNumber }
      for await (const line of api.lines('GET /api/service/{serviceId}/instance/{instanceNumber}/logs', { params })) {
        parts.push(`${line.time} ${line.stream} ${line.line}\n`)
      }
      download(`${name}.log`, parts.join(''), 'text/plain')
    } catch (thrown) {
      tellFailure(thrown)
    } finally {
      setBusy(false)
    }
  }
  return { busy, run: () => void run() }
}
