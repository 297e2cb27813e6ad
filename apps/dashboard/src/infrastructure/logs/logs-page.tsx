import { ActionIcon, Chip, Group, Select, TextInput, Tooltip } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconDownload, IconSearch } from '@tabler/icons-react'
import { useEffect, useMemo, useState } from 'react'
import { download } from '../../ui/download.ts'
import { PauseButton } from '../../ui/logs/pause-button.tsx'
import { Page } from '../../ui/page.tsx'
import { useAddressWord } from '../address-word.ts'
import { useBeat } from '../infrastructure.ts'
import { samplesOf } from '../numbers.ts'
import { LEVELS } from '../types.ts'
import { KEPT_MAX } from './control-log-buffer.ts'
import { LogCounts } from './log-counts.tsx'
import { LogLines } from './log-lines.tsx'
import { type ControlLogs, useControlLogs } from './use-control-logs.ts'

/** A search waits until somebody stops typing. */
const TYPING_MS = 300
const COLOURS = { error: 'red', warn: 'yellow', info: 'oak', debug: 'gray' } as const

/** What the control plane says, as it says it. */
export function LogsPage() {
  const [level, setLevel] = useAddressWord('level')
  const [role, setRole] = useAddressWord('role')
  const [text, setText] = useAddressWord('text')
  const [paused, setPaused] = useState(false)
  const filter = useMemo(() => ({ level, role, text }), [level, role, text])
  const logs = useControlLogs(filter, paused)
  return (
    <Page title="Logs" subtitle="Of every component whose data directory is on this machine.">
      <LogCounts />
      <section className="oak-card oak-control-logs" aria-label="Log lines">
        <Group className="oak-logs-bar" gap="sm">
          <TextSearch text={text} setText={setText} />
          <RoleChoice role={role} setRole={setRole} />
          <Chip.Group multiple value={level === '' ? [...LEVELS] : level.split(',')} onChange={(chosen) => setLevel(levelWord(chosen))}>
            <Group gap={6}>
              {LEVELS.map((each) => (
                <Chip key={each} value={each} size="xs" variant="outline" color={COLOURS[each]}>
                  {each}
                </Chip>
              ))}
            </Group>
          </Chip.Group>
          <span style={{ flex: 1 }} />
          <PauseButton paused={paused} setPaused={setPaused} waiting={logs.waiting} />
          <Tooltip label="Download what is shown, as JSON lines">
            <ActionIcon size="md" aria-label="Download the lines" onClick={() => save(logs)}>
              <IconDownload size={17} />
            </ActionIcon>
          </Tooltip>
        </Group>
        <LogLines logs={logs} search={text} paused={paused} />
        <Foot logs={logs} />
      </section>
    </Page>
  )
}

/** All of them is the same as none: nothing is left out. */
function levelWord(chosen: readonly string[]): string {
  return chosen.length === LEVELS.length || chosen.length === 0 ? '' : LEVELS.filter((level) => chosen.includes(level)).join(',')
}

function TextSearch({ text, setText }: { readonly text: string; readonly setText: (text: string) => void }) {
  const [typed, setTyped] = useState(text)
  const [settled] = useDebouncedValue(typed, TYPING_MS)
  useEffect(() => {
    if (settled !== text) setText(settled)
    // Only what was typed sets the address.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [settled])
  return (
    <TextInput
      aria-label="Search the logs"
      placeholder="Search messages and fields"
      leftSection={<IconSearch size={15} />}
      value={typed}
      onChange={(event) => setTyped(event.currentTarget.value)}
      size="xs"
      style={{ flex: '1 1 200px', maxWidth: 340 }}
    />
  )
}

function RoleChoice({ role, setRole }: { readonly role: string; readonly setRole: (role: string) => void }) {
  const { families } = useBeat()
  const known = samplesOf(families, 'oak_log_lines_total').flatMap(({ labels }) => labels['role'] ?? [])
  // What the program says around its roles carries none.
  const roles = [...new Set([...known.filter((each) => each !== 'daemon'), ...(role === '' ? [] : [role])])]
  return (
    <Select
      aria-label="Component"
      placeholder="Every component"
      size="xs"
      clearable
      data={roles}
      value={role === '' ? null : role}
      onChange={(next) => setRole(next ?? '')}
      style={{ width: 150 }}
    />
  )
}

function Foot({ logs }: { readonly logs: ControlLogs }) {
  return (
    <div className="oak-logs-foot" role="status">
      {logs.connected ? (
        <span>Following</span>
      ) : (
        <span data-tone="warn">{logs.problem ? `${logs.problem} Trying again.` : 'Connecting'}</span>
      )}
      <span className="oak-number">
        {logs.lines.length.toLocaleString('en')} lines
        {logs.lines.length >= KEPT_MAX ? ', the newest' : ''}
        {logs.missed > 0 ? `, ${logs.missed.toLocaleString('en')} came faster than they could be sent` : ''}
      </span>
    </div>
  )
}

function save({ lines }: ControlLogs): void {
  const text = lines.map(({ timeMs, level, message, fields }) =>
    JSON.stringify({ level, time: new Date(timeMs).toISOString(), ...fields, msg: message }),
  )
  download('oakestra.log', `${text.join('\n')}\n`, 'application/x-ndjson')
}
