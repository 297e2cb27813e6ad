import {
  IconActivity,
  IconAffiliate,
  IconApps,
  IconBuilding,
  IconExternalLink,
  IconGauge,
  IconMap2,
  IconServer2,
  IconSettings,
  IconStack2,
  IconUsers,
  type TablerIcon,
} from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { useInfrastructureAddress } from '../infrastructure/bell/use-infrastructure-news.ts'
import type { Rights } from '../session/roles.ts'
import { useMe } from '../session/use-session.ts'

interface Entry {
  readonly text: string
  readonly to: string
  readonly icon: TablerIcon
  readonly needs?: keyof Rights
}

interface Group {
  readonly title: string
  readonly entries: readonly Entry[]
}

const GROUPS: readonly Group[] = [
  {
    title: 'Workloads',
    entries: [
      { text: 'Applications', to: '/applications', icon: IconApps },
      { text: 'Services', to: '/services', icon: IconStack2 },
      { text: 'Topology', to: '/topology', icon: IconMap2 },
      { text: 'Events', to: '/events', icon: IconActivity },
    ],
  },
  {
    title: 'Infrastructure',
    entries: [
      { text: 'Clusters', to: '/clusters', icon: IconAffiliate },
      { text: 'Nodes', to: '/nodes', icon: IconServer2 },
    ],
  },
  {
    title: 'People',
    entries: [
      { text: 'Users', to: '/users', icon: IconUsers, needs: 'manageUsers' },
      { text: 'Organizations', to: '/organizations', icon: IconBuilding, needs: 'manageOrganizations' },
      { text: 'Settings', to: '/settings', icon: IconSettings, needs: 'manageSettings' },
    ],
  },
]

export function Navigation({ onChosen }: { readonly onChosen?: () => void }) {
  const { rights } = useMe()
  return (
    <nav className="oak-nav" aria-label="Pages">
      {GROUPS.map(({ title, entries }) => {
        const shown = entries.filter(({ needs }) => needs === undefined || rights[needs])
        if (shown.length === 0) return null
        return (
          <div key={title}>
            <h2>{title}</h2>
            {shown.map(({ text, to, icon: Icon }) => (
              <Link key={to} to={to} {...(onChosen ? { onClick: onChosen } : {})}>
                <Icon size={18} stroke={1.7} aria-hidden="true" />
                {text}
              </Link>
            ))}
            {title === 'Infrastructure' && rights.manageInfrastructure ? <InfrastructureDashboard /> : null}
          </div>
        )
      })}
    </nav>
  )
}

function InfrastructureDashboard() {
  const address = useInfrastructureAddress()
  return (
    <a href={address} target="_blank" rel="noreferrer">
      <IconGauge size={18} stroke={1.7} aria-hidden="true" />
      Infrastructure Dashboard
      <IconExternalLink size={14} className="oak-nav-end" aria-label="opens in a new tab" />
    </a>
  )
}
