import { Select } from '@mantine/core'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { Card, Page } from '../../ui/page.tsx'
import { Timeline } from './timeline.tsx'

const KINDS = [
  { value: 'all', label: 'Everything' },
  { value: 'application', label: 'Applications' },
  { value: 'service', label: 'Services' },
  { value: 'instance', label: 'Instances' },
  { value: 'cluster', label: 'Clusters' },
  { value: 'node', label: 'Nodes' },
  { value: 'user', label: 'Users' },
  { value: 'organization', label: 'Organizations' },
]

export function EventsPage() {
  const { kind = 'all' } = useSearch({ from: '/shell' })
  const navigate = useNavigate()
  const choose = (value: string | null) =>
    void navigate({ to: '.', search: value === null || value === 'all' ? {} : { kind: value }, replace: true })
  return (
    <Page
      title="Events"
      subtitle="What was asked for, decided and seen, with who or what caused it."
      actions={<Select aria-label="About" data={KINDS} value={kind} onChange={choose} allowDeselect={false} w={170} />}
    >
      <Card padded={false}>
        <Timeline {...(kind === 'all' ? {} : { kind })} />
      </Card>
    </Page>
  )
}
