import type { CliContext } from '../context.ts'
import { type Options, printResult } from '../options.ts'
import { paintStanding, standingOf } from '../standing.ts'
import { renderTable } from '../table.ts'
import { type LocalInstance, type LocalOptions, type LocalService, openLocalClient } from './local-client.ts'

/** One line for each instance; a service without one has a line of its own. */
export async function listLocally(context: CliContext, options: Options<LocalOptions>): Promise<void> {
  const services = await (await openLocalClient(context, options)).services()
  printResult(context, options.json, services, () => {
    if (services.length === 0) context.output.talk('Nothing runs in this cluster. Start something with: oak local deploy -f FILE')
    return renderTable(services.flatMap(linesOf), [
      { title: 'SERVICE', value: ({ service }) => service.name },
      { title: 'INSTANCE', value: ({ instance }) => instance?.number },
      { title: 'STATE', value: ({ instance }) => instance?.state },
      { title: 'NODE', value: ({ instance }) => instance?.node },
      { title: 'ADDRESS', value: ({ instance }) => instance?.addresses.v4 },
      { title: 'FROM', value: ({ service }) => service.from },
      { title: 'ORDERED', value: orderedOf },
      { title: 'DETAIL', value: ({ instance }) => (instance?.state === 'running' ? undefined : instance?.detail) },
    ])
  })
}

interface Line {
  readonly service: LocalService
  readonly instance: LocalInstance | undefined
}

function linesOf(service: LocalService): readonly Line[] {
  return service.instances.length === 0 ? [{ service, instance: undefined }] : service.instances.map((instance) => ({ service, instance }))
}

/** What was asked for here that root has not confirmed. */
function orderedOf({ service, instance }: Line): string | undefined {
  if (instance?.removed) return `removed (${instance.removed})`
  if (instance?.added) return `added (${instance.added})`
  return instance ? undefined : service.order && `service (${service.order})`
}

export async function listOrders(context: CliContext, options: Options<LocalOptions>): Promise<void> {
  const orders = await (await openLocalClient(context, options)).orders()
  printResult(context, options.json, orders, () => {
    if (orders.length === 0) context.output.talk('Root knows everything that was changed at this cluster.')
    return renderTable(orders, [
      { title: 'WHEN', value: (row) => row.created_at },
      { title: 'WHO', value: (row) => row.actor },
      { title: 'ORDER', value: (row) => row.kind },
      { title: 'SERVICE', value: (row) => row.name },
      { title: 'INSTANCE', value: (row) => row.number },
      { title: 'ROOT', value: (row) => row.standing },
      { title: 'REASON', value: (row) => row.reason },
    ])
  })
}

export async function listLocalNodes(context: CliContext, options: Options<LocalOptions>): Promise<void> {
  const nodes = await (await openLocalClient(context, options)).nodes()
  const { paint } = context.output
  printResult(context, options.json, nodes, () =>
    renderTable(nodes, [
      { title: 'NODE ID', value: (row) => row.id },
      { title: 'NAME', value: (row) => row.name },
      { title: 'STATUS', value: standingOf, paint: (text, row) => paintStanding(paint, row)(text) },
      { title: 'INSTANCES', value: (row) => row.instances },
      { title: 'ADDRESS', value: (row) => row.address },
      { title: 'LABELS', value: (row) => row.labels?.join(',') },
    ]),
  )
}
