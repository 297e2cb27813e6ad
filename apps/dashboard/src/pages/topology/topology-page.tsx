import { SegmentedControl } from '@mantine/core'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { lazy, Suspense } from 'react'
import { useAllServices, useClusters, useNodes } from '../../api/queries.ts'
import { Answered } from '../../ui/answered.tsx'
import { Page } from '../../ui/page.tsx'
import './topology.css'

const ClusterMap = lazy(() => import('./cluster-map.tsx'))
const TierGraph = lazy(() => import('./tier-graph.tsx'))
const ServiceGraph = lazy(() => import('./service-graph.tsx'))

const VIEWS = [
  { value: 'tiers', label: 'Tiers' },
  { value: 'services', label: 'Services' },
  { value: 'map', label: 'Map' },
]

/** Where things are, and how they hang together. */
export function TopologyPage() {
  const { tab = 'tiers' } = useSearch({ from: '/shell' })
  const navigate = useNavigate()
  const choose = (value: string) => void navigate({ to: '.', search: value === 'tiers' ? {} : { tab: value }, replace: true })
  return (
    <Page
      title="Topology"
      subtitle={SUBTITLES[tab]}
      actions={<SegmentedControl aria-label="View" data={VIEWS} value={tab} onChange={choose} />}
    >
      <section className="oak-card oak-topology">
        <Suspense fallback={<div className="oak-bone" style={{ height: '100%' }} />}>
          <View name={tab} />
        </Suspense>
      </section>
    </Page>
  )
}

const SUBTITLES: Readonly<Record<string, string>> = {
  tiers: 'Root, its clusters, their nodes, and what runs on them.',
  services: 'Which service names the address of which other, and by what policy that address is balanced.',
  map: 'Clusters and nodes that say where they are.',
}

function View({ name }: { readonly name: string }) {
  const clusters = useClusters()
  const nodes = useNodes()
  const services = useAllServices()
  if (name === 'map') return <Answered query={clusters}>{(list) => <ClusterMap clusters={list} nodes={nodes.data ?? []} />}</Answered>
  if (name === 'services') return <Answered query={services}>{(list) => <ServiceGraph services={list} />}</Answered>
  return (
    <Answered query={clusters}>
      {(list) => (
        <Answered query={nodes}>{(machines) => <TierGraph clusters={list} nodes={machines} services={services.data ?? []} />}</Answered>
      )}
    </Answered>
  )
}
