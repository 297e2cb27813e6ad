import { ActionIcon, Indicator, Popover } from '@mantine/core'
import { IconBell, IconBellRinging } from '@tabler/icons-react'
import { useMe } from '../../session/use-session.ts'
import { AlertList } from '../alerts/alert-list.tsx'
import type { Alert } from '../types.ts'
import { useFiring, useInfrastructureAddress } from './use-infrastructure-news.ts'

/** The rest is a click away. */
const SHOWN_MAX = 5

/** How many alerts are firing, for those who look after the control plane; a click says which. */
export function AlertBell() {
  const { rights } = useMe()
  return rights.manageInfrastructure ? <Bell /> : null
}

function Bell() {
  const known = useFiring()
  const count = known?.firing ?? 0
  const worst = known?.alerts[0]?.severity === 'critical' ? 'red' : 'yellow'
  const label = known === undefined ? 'Alerts are not known' : count === 0 ? 'No alert is firing' : `${count} firing`
  return (
    <Popover width={420} position="bottom-end" shadow="lg" trapFocus returnFocus>
      <Indicator label={count} size={16} color={worst} disabled={count === 0} offset={5}>
        <Popover.Target>
          <ActionIcon size="lg" aria-label={`Alerts: ${label}`}>
            {count > 0 ? <IconBellRinging size={18} stroke={1.7} /> : <IconBell size={18} stroke={1.7} />}
          </ActionIcon>
        </Popover.Target>
      </Indicator>
      <Popover.Dropdown style={{ maxWidth: 'calc(100vw - 24px)', maxHeight: '70dvh', overflowY: 'auto' }}>
        <Firing label={label} count={count} worst={known?.alerts ?? []} />
      </Popover.Dropdown>
    </Popover>
  )
}

function Firing({ label, count, worst }: { readonly label: string; readonly count: number; readonly worst: readonly Alert[] }) {
  const address = useInfrastructureAddress()
  const shown = worst.slice(0, SHOWN_MAX)
  const more = count - shown.length
  return (
    <section aria-label="Alerts" style={{ display: 'flex', flexDirection: 'column', gap: 12 }}>
      <strong>{label}</strong>
      <AlertList alerts={shown} />
      <a className="oak-link" href={`${address}alerts`} target="_blank" rel="noreferrer">
        {more > 0 ? `${more} more, past ones and rules` : 'Past ones and rules'}
      </a>
    </section>
  )
}
