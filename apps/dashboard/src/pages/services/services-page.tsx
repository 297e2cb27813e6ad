import { Button, Group, Select, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconSearch, IconStack2 } from '@tabler/icons-react'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback, useEffect, useState } from 'react'
import { type Api, useApplications, useFoundServices } from '../../api/queries.ts'
import { Answered } from '../../ui/answered.tsx'
import { Bones } from '../../ui/bones.tsx'
import { Empty } from '../../ui/empty.tsx'
import { Card, Page } from '../../ui/page.tsx'
import { count } from '../../words/amounts.ts'
import { serviceSummary } from '../../words/status.ts'
import { ServiceTable } from './service-table.tsx'

/** Rows at first, and more each time the end of those comes into view. */
const ROWS = 100
const TYPING_MS = 200

export function ServicesPage() {
  const { q = '' } = useSearch({ from: '/shell' })
  const [wanted] = useDebouncedValue(q.trim(), TYPING_MS)
  const found = useFoundServices(wanted)
  return (
    <Page title="Services" subtitle="Every service of every application you can see.">
      <Card padded={false}>
        <Answered query={found}>
          {({ pages }) => {
            const list = pages.flatMap(({ body }) => body)
            return list.length === 0 && wanted === '' && q === '' ? <NoServices /> : <Found services={list} found={found} />
          }}
        </Answered>
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

interface FoundProps {
  readonly services: readonly Api.Service[]
  readonly found: ReturnType<typeof useFoundServices>
}

/** What root found, and of it what is in the chosen state; as many pages as the rows need. */
function Found({ services, found }: FoundProps) {
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
  const shown = services.filter((service) => isOfKind(service, kind))
  const more = useRows(shown.length, found)
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
          <Counted shown={shown.length} isAll={q === '' && kind === 'all'} isMore={found.hasNextPage} />
        </span>
      </Group>
      <Rows services={shown} isOver={!found.hasNextPage} more={more} />
    </>
  )
}

/** Reads on while there are fewer rows than are looked at; gives what asks for more. */
function useRows(shown: number, { hasNextPage, isFetching, fetchNextPage }: FoundProps['found']): () => void {
  const [rows, setRows] = useState(ROWS)
  useEffect(() => {
    if (hasNextPage && !isFetching && shown < rows) void fetchNextPage()
  }, [hasNextPage, isFetching, fetchNextPage, shown, rows])
  return useCallback(() => setRows(shown + ROWS), [shown])
}

interface RowsProps {
  readonly services: readonly Api.Service[]
  readonly isOver: boolean
  readonly more: () => void
}

function Rows({ services, isOver, more }: RowsProps) {
  if (services.length > 0) return <ServiceTable services={services} withApplication more={more} />
  return isOver ? <Empty icon={IconSearch} title="No service matches" /> : <Bones />
}

interface CountedProps {
  readonly shown: number
  readonly isAll: boolean
  readonly isMore: boolean
}

/** How many there are follows from the applications: services come in pages. */
function Counted({ shown, isAll, isMore }: CountedProps) {
  const applications = useApplications().data
  const total = applications?.reduce((sum, { microservices }) => sum + microservices.length, 0)
  const all = total === undefined ? '' : count(total, 'service')
  return isAll ? all : `${shown}${isMore ? ' and more' : ''} of ${all}`
}

function isOfKind(service: Api.Service, kind: string): boolean {
  if (kind === 'all') return true
  const { tone } = serviceSummary(service)
  return kind === 'trouble' ? tone === 'bad' || tone === 'warn' : tone === kind
}
