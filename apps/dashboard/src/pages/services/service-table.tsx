import type { Api } from '@oakestra/api-client'
import { Link, useNavigate } from '@tanstack/react-router'
import { useWindowVirtualizer } from '@tanstack/react-virtual'
import { type ReactNode, useEffect, useRef } from 'react'
import { StatusPill } from '../../ui/status-pill.tsx'
import { serviceSummary } from '../../words/status.ts'
import { ServiceMenu } from '../service/service-menu.tsx'

/** More rows than this are not all drawn at once. */
const DRAWN_MAX = 60
const ROW_PX = 60
/** So near the end the next rows are asked for. */
const NEAR_ROWS = 30

interface ServiceTableProps {
  readonly services: readonly Api.Service[]
  readonly withApplication?: boolean
  /** Called when the end of the rows comes into view; where there is nothing more, nothing happens. */
  readonly more?: () => void
}

export function ServiceTable({ services, withApplication = false, more }: ServiceTableProps) {
  const row = (service: Api.Service) => <ServiceRow key={service.microserviceID} service={service} withApplication={withApplication} />
  return (
    <table className="oak-table">
      <thead>
        <tr>
          <th>Service</th>
          {withApplication ? <th>Application</th> : null}
          <th>State</th>
          <th>Instances</th>
          <th>Service address</th>
          <th aria-label="Actions" />
        </tr>
      </thead>
      {services.length > DRAWN_MAX ? (
        <ManyRows services={services} row={row} {...(more && { more })} />
      ) : (
        <tbody>{services.map(row)}</tbody>
      )}
    </table>
  )
}

/** Draws the rows that are seen, with room above and below for the others. */
function ManyRows({
  services,
  row,
  more,
}: Pick<ServiceTableProps, 'services' | 'more'> & { readonly row: (service: Api.Service) => ReactNode }) {
  const body = useRef<HTMLTableSectionElement>(null)
  const virtual = useWindowVirtualizer({
    count: services.length,
    estimateSize: () => ROW_PX,
    overscan: 12,
    scrollMargin: body.current?.offsetTop ?? 0,
  })
  const items = virtual.getVirtualItems()
  const isAtEnd = (items.at(-1)?.index ?? 0) >= services.length - NEAR_ROWS
  useEffect(() => {
    if (isAtEnd) more?.()
  }, [isAtEnd, more])
  const above = (items[0]?.start ?? 0) - virtual.options.scrollMargin
  const below = virtual.getTotalSize() - ((items.at(-1)?.end ?? 0) - virtual.options.scrollMargin)
  return (
    <tbody ref={body}>
      {above > 0 ? <tr aria-hidden="true" style={{ height: above, padding: 0 }} /> : null}
      {items.map(({ index }) => {
        const service = services[index]
        return service ? row(service) : null
      })}
      {below > 0 ? <tr aria-hidden="true" style={{ height: below, padding: 0 }} /> : null}
    </tbody>
  )
}

function ServiceRow({ service, withApplication }: { readonly service: Api.Service; readonly withApplication: boolean }) {
  const navigate = useNavigate()
  const summary = serviceSummary(service)
  const serviceId = service.microserviceID
  const wanted = service.replicas ?? summary.total
  return (
    <tr data-link="true" onClick={() => void navigate({ to: '/services/$serviceId', params: { serviceId } })}>
      <td data-wide="true">
        <Link className="oak-main" to="/services/$serviceId" params={{ serviceId }} onClick={(event) => event.stopPropagation()}>
          {service.microservice_name}
        </Link>
        <div className="oak-sub">{imageText(service)}</div>
      </td>
      {withApplication ? <td data-label="Application">{service.application_name}</td> : null}
      <td data-label="State">
        <StatusPill status={summary} hint={service.status_detail} />
      </td>
      <td data-label="Instances" className="oak-number">
        {summary.total === 0 && wanted === 0 ? <span className="oak-muted">none</span> : `${summary.running} / ${wanted}`}
      </td>
      <td data-label="Service address" className="oak-mono">
        {service.RR_ip || '–'}
      </td>
      <td className="oak-right" onClick={(event) => event.stopPropagation()}>
        <ServiceMenu service={service} />
      </td>
    </tr>
  )
}

/** What it runs, without the part of the address that is the same for all. */
export function imageText(service: Pick<Api.Service, 'code'>): string {
  return service.code.replace(/^docker\.io\/(library\/)?/, '').replace(/^(?:file|https?):\/\/.*\/([^/]+)$/, '$1')
}
