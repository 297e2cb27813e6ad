import { Button, Group, Select, TextInput } from '@mantine/core'
import { IconSearch, IconStack2 } from '@tabler/icons-react'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { type Api, useAllServices } from '../../api/queries.ts'
import { Answered } from '../../ui/answered.tsx'
import { Empty } from '../../ui/empty.tsx'
import { Card, Page } from '../../ui/page.tsx'
import { count } from '../../words/amounts.ts'
import { serviceSummary } from '../../words/status.ts'
import { ServiceTable } from './service-table.tsx'

export function ServicesPage() {
  const services = useAllServices()
  return (
    <Page title="Services" subtitle="Every service of every application you can see.">
      <Card padded={false}>
        <Answered query={services}>{(list) => (list.length === 0 ? <NoServices /> : <Filtered services={list} />)}</Answered>
      </Card>
    </Page>
  )
}

function NoServices() {
  return (
    <Empty
      icon={IconStack2}
      title="No service yet"
      actions={
        <Button component={Link} to="/applications/new">
          New application
        </Button>
      }
    >
      Services live in applications: create one first.
    </Empty>
  )
}

const KINDS = [
  { value: 'all', label: 'Any state' },
  { value: 'good', label: 'Running' },
  { value: 'trouble', label: 'In trouble' },
  { value: 'busy', label: 'On its way' },
  { value: 'calm', label: 'Not running' },
]

function Filtered({ services }: { readonly services: readonly Api.Service[] }) {
  const { q = '', kind = 'all' } = useSearch({ from: '/shell' })
  const navigate = useNavigate()
  const set = (change: { readonly q?: string; readonly kind?: string }) => {
    const next = { q, kind, ...change }
    void navigate({
      to: '.',
      search: { ...(next.q ? { q: next.q } : {}), ...(next.kind === 'all' ? {} : { kind: next.kind }) },
      replace: true,
    })
  }
  const shown = services.filter((service) => isOfKind(service, kind) && matches(service, q.toLowerCase()))
  return (
    <>
      <Group gap="sm" p="14px 20px 6px">
        <TextInput
          aria-label="Search services"
          placeholder="Search by name, image or address"
          leftSection={<IconSearch size={15} />}
          value={q}
          onChange={(event) => set({ q: event.currentTarget.value })}
          style={{ flex: '1 1 220px', maxWidth: 360 }}
        />
        <Select
          aria-label="State"
          data={KINDS}
          value={kind}
          onChange={(value) => set({ kind: value ?? 'all' })}
          allowDeselect={false}
          w={150}
        />
        <span className="oak-muted" style={{ marginLeft: 'auto' }} role="status">
          {shown.length === services.length ? count(services.length, 'service') : `${shown.length} of ${count(services.length, 'service')}`}
        </span>
      </Group>
      {shown.length === 0 ? <Empty icon={IconSearch} title="No service matches" /> : <ServiceTable services={shown} withApplication />}
    </>
  )
}

function isOfKind(service: Api.Service, kind: string): boolean {
  if (kind === 'all') return true
  const { tone } = serviceSummary(service)
  return kind === 'trouble' ? tone === 'bad' || tone === 'warn' : tone === kind
}

function matches(service: Api.Service, q: string): boolean {
  return q === '' || [service.job_name, service.code, service.RR_ip].some((text) => text.toLowerCase().includes(q))
}
