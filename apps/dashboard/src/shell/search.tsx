import { Spotlight, type SpotlightActionData, type SpotlightActionGroupData, spotlight } from '@mantine/spotlight'
import '@mantine/spotlight/styles.css'
import { useDebouncedValue } from '@mantine/hooks'
import { IconAffiliate, IconApps, IconSearch, IconServer2, IconStack2 } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { applicationsQuery, clustersQuery, namedServicesQuery, nodesQuery } from '../api/queries.ts'
import { useApp } from '../app-services.ts'

export function openSearch(): void {
  spotlight.open()
}

/** More in one group is a list, not a choice. */
const SHOWN_MAX = 7
const TYPING_MS = 200

/** Ctrl K: go anywhere by name. Loaded when somebody searches first, so it begins open. */
export default function Search() {
  const [open, setOpen] = useState(true)
  const [query, setQuery] = useState('')
  const [name] = useDebouncedValue(query.trim(), TYPING_MS)
  const groups = useDestinations(open, name)
  return (
    <Spotlight
      query={query}
      onQueryChange={setQuery}
      onSpotlightOpen={() => setOpen(true)}
      onSpotlightClose={() => setOpen(false)}
      actions={groups}
      shortcut={null}
      limit={SHOWN_MAX * 5}
      highlightQuery
      scrollable
      maxHeight={440}
      nothingFound="Nothing has that name."
      searchProps={{
        leftSection: <IconSearch size={18} />,
        placeholder: 'Applications, services, clusters, nodes, pages…',
        'aria-label': 'Search and go to',
      }}
    />
  )
}

const PAGES = [
  ['Applications', '/applications'],
  ['New application', '/applications/new'],
  ['Services', '/services'],
  ['Topology', '/topology'],
  ['Events', '/events'],
  ['Clusters', '/clusters'],
  ['Nodes', '/nodes'],
  ['Profile', '/profile'],
  ['Help', '/help'],
] as const

/** Everything that has a name; asked for only while somebody searches. Services, which may be very many, by root. */
function useDestinations(enabled: boolean, name: string): SpotlightActionGroupData[] {
  const navigate = useNavigate()
  const app = useApp()
  const applications = useQuery({ ...applicationsQuery(app), enabled }).data ?? []
  const services = useQuery({ ...namedServicesQuery(app, name), enabled }).data ?? []
  const clusters = useQuery({ ...clustersQuery(app), enabled }).data ?? []
  const nodes = useQuery({ ...nodesQuery(app), enabled }).data ?? []
  const go = (to: string) => () => void navigate({ to })
  const action = (id: string, label: string, description: string, to: string, Icon: typeof IconApps): SpotlightActionData => ({
    id,
    label,
    description,
    onClick: go(to),
    leftSection: <Icon size={18} stroke={1.6} aria-hidden="true" />,
  })
  return [
    { group: 'Pages', actions: PAGES.map(([label, to]) => ({ id: to, label, onClick: go(to) })) },
    {
      group: 'Applications',
      actions: applications.map((each) =>
        action(each.applicationID, each.application_name, each.application_namespace, `/applications/${each.applicationID}`, IconApps),
      ),
    },
    {
      group: 'Services',
      actions: services.map((each) =>
        action(each.microserviceID, each.microservice_name, each.job_name, `/services/${each.microserviceID}`, IconStack2),
      ),
    },
    {
      group: 'Clusters',
      actions: clusters.map((each) => action(each._id, each.cluster_name, each.cluster_location, `/clusters/${each._id}`, IconAffiliate)),
    },
    {
      group: 'Nodes',
      actions: nodes.map((each) => action(each.id, each.name, each.cluster_name, `/clusters/${each.cluster_id}`, IconServer2)),
    },
  ]
}
