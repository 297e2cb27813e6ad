import type { InstanceView, ServiceView } from '../../client/types.ts'
import { type CliContext, openClient } from '../context.ts'
import { type Options, printResult } from '../options.ts'
import { candidateLines, whyNotRunning } from '../reasons.ts'
import { applicationNameOf, findInstance, findService } from '../resolve.ts'
import { paintStatus } from '../status-paint.ts'
import { renderFields, renderTable } from '../table.ts'
import { rolloutText } from './rollout.ts'

export async function inspectService(context: CliContext, word: string, number: number | undefined, options: Options): Promise<void> {
  const client = await openClient(context, options)
  const service = await client.service((await findService(client, word)).microserviceID)
  if (number === undefined)
    return printResult(context, options.json, service, () => [
      ...serviceFields(service),
      '',
      ...instanceTable(context, service),
      ...whyLines(context, service.instance_list ?? []),
    ])
  const instance = findInstance(service, number)
  printResult(context, options.json, instance, () => instanceFields(service, instance))
}

function serviceFields(service: ServiceView): readonly string[] {
  return renderFields([
    ['service', service.microservice_name],
    ['application', applicationNameOf(service)],
    ['id', service.microserviceID],
    ['status', service.status],
    ['detail', service.status_detail],
    ['image', service.code],
    ['runs as', service.virtualization],
    ['ports', service.port],
    ['service address', [service.RR_ip, service.RR_ip_v6].filter(Boolean).join(', ')],
    ['vcpus', service.vcpus],
    ['memory', service.memory === undefined ? undefined : `${service.memory} MB`],
    ['instances', instancesText(service)],
    ['revision', service.revision],
    ['update', rolloutText(service)],
    ...(service.gateway_faults ?? []).map(({ node, cluster, reason }) => ['not published', `${node} of ${cluster}: ${reason}`] as const),
  ])
}

function instanceTable(context: CliContext, service: ServiceView): readonly string[] {
  const { paint } = context.output
  const instances = service.instance_list ?? []
  if (instances.length === 0) {
    context.output.talk(`No instances. Deploy one with: oak service deploy ${service.microservice_name}`)
    return []
  }
  return renderTable(instances, [
    { title: '#', value: (row) => row.instance_number },
    { title: 'STATUS', value: (row) => row.status, paint: (text, row) => paintStatus(paint, row.status)(text) },
    { title: 'READY', value: readyText, paint: (text, row) => (row.health === 'unhealthy' ? paint.red(text) : text) },
    { title: 'REV', value: (row) => row.revision },
    { title: 'RESTARTS', value: (row) => row.restarts },
    { title: 'NODE', value: (row) => row.worker_name || row.worker_id },
    { title: 'ADDRESS', value: (row) => row.instance_ip },
    { title: 'PUBLIC IP', value: (row) => row.publicip },
    { title: 'CPU %', value: (row) => percent(row.cpu_percent) },
    { title: 'MEM %', value: (row) => percent(row.memory_percent) },
    { title: 'DETAIL', value: (row) => row.status_detail },
  ])
}

function instanceFields(service: ServiceView, instance: InstanceView): readonly string[] {
  const fields = renderFields([
    ['instance', `${service.microservice_name} ${instance.instance_number}`],
    ['status', instance.status],
    ['detail', instance.status_detail],
    ['cluster', instance.cluster_name || instance.cluster_id],
    ['location', instance.cluster_location],
    ['node', instance.worker_name || instance.worker_id],
    ['address', [instance.instance_ip, instance.instance_ip_v6].filter(Boolean).join(', ')],
    ['public address', instance.publicip],
    ['cpu', instance.cpu_percent && `${percent(instance.cpu_percent)} %`],
    ['memory', instance.memory_percent && `${percent(instance.memory_percent)} %`],
    ['disk', instance.disk],
    ['restarts', instance.restarts],
    ['health', instance.health ?? undefined],
    ['ready', instance.ready === undefined ? undefined : readyText(instance)],
    ['revision', revisionText(service, instance)],
    ['term', instance.term],
    ['moving', instance.leaving],
    ['placement', instance.placement_note],
  ])
  const reasons = candidateLines(instance.candidates)
  return reasons ? [...fields, 'why not:', ...reasons.slice(1).split('\n')] : fields
}

/** Why what does not run does not run, below a table that has no room for it. */
function whyLines(context: CliContext, instances: readonly InstanceView[]): readonly string[] {
  const lines = whyNotRunning(instances)
  return lines.length === 0 ? [] : ['', context.output.paint.bold('Why some do not run'), ...lines]
}

function instancesText({ instance_list: instances = [], replicas }: ServiceView): string {
  const ready = instances.filter((instance) => instance.ready ?? instance.status === 'RUNNING').length
  const wanted = typeof replicas === 'number' ? `, ${replicas} wanted` : ''
  return `${ready} of ${instances.length} ready${wanted}`
}

/** What the health check says goes before whether it counts as ready. */
function readyText({ ready, health }: InstanceView): string | undefined {
  if (health && health !== 'healthy') return health
  return ready === undefined ? undefined : ready ? 'yes' : 'no'
}

function revisionText(service: ServiceView, { revision }: InstanceView): string | undefined {
  if (revision === undefined) return undefined
  return service.revision !== undefined && revision < service.revision ? `${revision}, the newest is ${service.revision}` : String(revision)
}

/** The API gives numbers as text, with six decimals (`reference/experience.md` 2.3). */
function percent(text: string | undefined): string | undefined {
  return text === undefined ? undefined : Number(text).toFixed(1)
}
