import { ActionIcon, Drawer, Tooltip } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import {
  IconBell,
  IconChartLine,
  IconFileText,
  IconGauge,
  IconLock,
  IconLogout,
  IconMap2,
  IconMenu2,
  type TablerIcon,
} from '@tabler/icons-react'
import { Link, Outlet } from '@tanstack/react-router'
import { Brand } from '../../shell/brand.tsx'
import { SchemeToggle } from '../../shell/scheme-toggle.tsx'
import { Empty } from '../../ui/empty.tsx'
import { useBeat, useInfrastructure } from '../infrastructure.ts'
import { PulseMark } from './pulse-mark.tsx'

const ENTRIES: readonly { readonly text: string; readonly to: string; readonly icon: TablerIcon }[] = [
  { text: 'Overview', to: '/', icon: IconGauge },
  { text: 'Metrics', to: '/metrics-over-time', icon: IconChartLine },
  { text: 'Logs', to: '/logs', icon: IconFileText },
  { text: 'Alerts', to: '/alerts', icon: IconBell },
]

/** What stands around every page. */
export function Frame() {
  const [menuOpen, menu] = useDisclosure(false)
  const { state } = useBeat()
  return (
    <div className="oak-shell">
      <a className="oak-skip" href="#content">
        Skip to the content
      </a>
      <aside className="oak-side">
        <Brand />
        <Navigation />
      </aside>
      <Drawer
        opened={menuOpen}
        onClose={menu.close}
        size={270}
        padding={0}
        title={<Brand />}
        closeButtonProps={{ 'aria-label': 'Close the menu' }}
      >
        <Navigation onChosen={menu.close} />
      </Drawer>
      <div className="oak-main-column">
        <Top openMenu={menu.open} />
        {state.kind === 'forbidden' ? <Forbidden /> : <Outlet />}
      </div>
    </div>
  )
}

function Navigation({ onChosen }: { readonly onChosen?: () => void }) {
  const { alerts = [] } = useBeat()
  const { tier } = useInfrastructure()
  const firing = alerts.filter(({ state }) => state === 'firing').length
  return (
    <nav className="oak-nav" aria-label="Pages">
      <h2>{tier.kind === 'root' ? 'Infrastructure' : `Cluster ${tier.name}`}</h2>
      {ENTRIES.map(({ text, to, icon: Icon }) => (
        <Link key={to} to={to} activeOptions={{ exact: true, includeSearch: false }} {...(onChosen ? { onClick: onChosen } : {})}>
          <Icon size={18} stroke={1.7} aria-hidden="true" />
          {text}
          {to === '/alerts' && firing > 0 ? (
            <span className="oak-count" data-tone="bad">
              {firing}
              <span className="oak-unseen"> firing</span>
            </span>
          ) : null}
        </Link>
      ))}
    </nav>
  )
}

function Top({ openMenu }: { readonly openMenu: () => void }) {
  const { pass, who } = useInfrastructure()
  return (
    <header className="oak-top">
      <ActionIcon className="oak-burger" size="lg" onClick={openMenu} aria-label="Open the menu">
        <IconMenu2 size={20} stroke={1.7} />
      </ActionIcon>
      <span className="oak-top-gap" />
      <PulseMark />
      <SchemeToggle />
      <Tooltip label={`Log out ${who}`}>
        <ActionIcon size="lg" onClick={() => pass.leave()} aria-label="Log out">
          <IconLogout size={18} stroke={1.7} />
        </ActionIcon>
      </Tooltip>
    </header>
  )
}

function Forbidden() {
  return (
    <main id="content">
      <Empty icon={IconLock} title="You may not see this" tone="bad">
        The control plane is shown to users with the role Admin or Infrastructure Provider. Log out to come back as another.
      </Empty>
    </main>
  )
}

export function Missing() {
  return (
    <main id="content">
      <Empty
        icon={IconMap2}
        title="There is nothing here"
        actions={
          <Link className="oak-link" to="/">
            To the overview
          </Link>
        }
      >
        The address leads nowhere, or the page could not be shown.
      </Empty>
    </main>
  )
}
