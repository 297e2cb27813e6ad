import { ActionIcon, Chip, Group, TextInput, Tooltip } from '@mantine/core'
import { IconClearAll, IconDownload, IconSearch } from '@tabler/icons-react'
import { useMemo, useState } from 'react'
import { useApp } from '../../../app-services.ts'
import { download } from '../../../ui/download.ts'
import { LogFrame } from '../../../ui/logs/log-frame.tsx'
import { PauseButton } from '../../../ui/logs/pause-button.tsx'
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
        <PauseButton paused={paused} setPaused={setPaused} waiting={feed.waiting} />
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
      <LogFrame
        lines={feed.shown}
        linePx={LINE_PX}
        isWide
        none={feed.total === 0 ? 'Nothing was written yet. What is written appears here at once.' : 'No line matches.'}
        row={(entry, { top }) => <LogLineRow key={entry.key} entry={entry} top={top} search={search} />}
      />
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
