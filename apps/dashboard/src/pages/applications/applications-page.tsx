import { Button, TextInput } from '@mantine/core'
import { IconApps, IconPlus, IconSearch } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { type Api, servicesQuery, useApplications } from '../../api/queries.ts'
import { useApp } from '../../app-services.ts'
import { Answered } from '../../ui/answered.tsx'
import { Empty } from '../../ui/empty.tsx'
import { Card, Page } from '../../ui/page.tsx'
import { StatusPill } from '../../ui/status-pill.tsx'
import { count } from '../../words/amounts.ts'
import { type ServiceSummary, serviceSummary } from '../../words/status.ts'
import { worstOf } from './worst-of.ts'

/** With more services than this, the states of all of them are too much to read for one list. */
const STATES_MAX = 200
/** Fewer applications need no search. */
const SEARCH_FROM = 8

export function ApplicationsPage() {
  const applications = useApplications()
  return (
    <Page
      title="Applications"
      subtitle="What belongs together: services that are deployed, named and reached side by side."
      actions={
        <Button component={Link} to="/applications/new" leftSection={<IconPlus size={16} />}>
          New application
        </Button>
      }
    >
      <Card padded={false}>
        <Answered query={applications}>
          {(list) => (list.length === 0 ? <NoApplications /> : <ApplicationList applications={list} />)}
        </Answered>
      </Card>
    </Page>
  )
}

function NoApplications() {
  return (
    <Empty
      icon={IconApps}
      title="No application yet"
      actions={
        <Button component={Link} to="/applications/new">
          Create one from a template
        </Button>
      }
    >
      An application is one or more services. Begin with a template, such as a web server, and change what you like.
    </Empty>
  )
}

function ApplicationList({ applications }: { readonly applications: readonly Api.Application[] }) {
  const { q = '' } = useSearch({ from: '/shell' })
  const navigate = useNavigate()
  const summaries = useSummaries(applications)
  const shown = applications.filter((each) => matches(each, q))
  return (
    <>
      {applications.length >= SEARCH_FROM ? (
        <div style={{ padding: '14px 20px 4px' }}>
          <TextInput
            aria-label="Search applications"
            placeholder="Search by name, namespace or owner"
            leftSection={<IconSearch size={15} />}
            value={q}
            onChange={(event) =>
              void navigate({ to: '.', search: event.currentTarget.value ? { q: event.currentTarget.value } : {}, replace: true })
            }
            maw={360}
          />
        </div>
      ) : null}
      <table className="oak-table">
        <thead>
          <tr>
            <th>Name</th>
            <th>State</th>
            <th>Services</th>
            <th>Owner</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((application) => (
            <Row key={application.applicationID} application={application} summary={summaries?.get(application.applicationID)} />
          ))}
        </tbody>
      </table>
      {shown.length === 0 ? <Empty icon={IconSearch} title="Nothing has that name" /> : null}
    </>
  )
}

function Row({ application, summary }: { readonly application: Api.Application; readonly summary: ServiceSummary | undefined }) {
  const navigate = useNavigate()
  const {
    applicationID: applicationId,
    application_name: name,
    application_namespace: namespace,
    application_desc: description,
  } = application
  return (
    <tr data-link="true" onClick={() => void navigate({ to: '/applications/$applicationId', params: { applicationId } })}>
      <td data-wide="true">
        <Link
          className="oak-main"
          to="/applications/$applicationId"
          params={{ applicationId }}
          onClick={(event) => event.stopPropagation()}
        >
          {name}
        </Link>
        <div className="oak-sub">{[namespace, description].filter(Boolean).join(' · ')}</div>
      </td>
      <td data-label="State">
        {summary ? (
          <StatusPill status={summary} hint={`${summary.running} of ${count(summary.total, 'instance')} running`} />
        ) : (
          <span className="oak-muted">–</span>
        )}
      </td>
      <td data-label="Services" className="oak-number">
        {application.microservices.length}
      </td>
      <td data-label="Owner">{application.userId}</td>
    </tr>
  )
}

/** The state of each application, where they are few enough to ask for. */
function useSummaries(applications: readonly Api.Application[]): ReadonlyMap<string, ServiceSummary> | undefined {
  const total = applications.reduce((sum, { microservices }) => sum + microservices.length, 0)
  const services = useQuery({ ...servicesQuery(useApp()), enabled: total > 0 && total <= STATES_MAX })
  if (!services.data) return undefined
  const byApplication = new Map<string, ServiceSummary[]>()
  for (const service of services.data) {
    const known = byApplication.get(service.applicationID)
    if (known) known.push(serviceSummary(service))
    else byApplication.set(service.applicationID, [serviceSummary(service)])
  }
  return new Map([...byApplication].map(([id, summaries]) => [id, worstOf(summaries)]))
}

function matches(application: Api.Application, q: string): boolean {
  const { application_name, application_namespace, userId } = application
  return [application_name, application_namespace, userId].some((text) => text.toLowerCase().includes(q.toLowerCase()))
}
