import type { InstanceView, ServiceView } from '../../client/types.ts'
import { type CliContext, openClient } from '../context.ts'
import { type Options, printResult } from '../options.ts'
import { applicationNameOf, findInstance, findService } from '../resolve.ts'
import { paintStatus } from '../status-paint.ts'
import { renderFields, renderTable } from '../table.ts'
import { candidateLines } from '../wait.ts'

export async function inspectService(context: CliContext, word: string, number: number | undefined, options: Options): Promise<void> {
  const client = await openClient(context, options)
  const service = await client.service((await findService(client, word)).microserviceID)
  if (number === undefined)
    return printResult(context, options.json, service, () => [...serviceFields(service), '', ...instanceTable(context, service)])
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
  ])
  const reasons = candidateLines(instance.candidates)
  return reasons ? [...fields, `why not:${reasons}`] : fields
}

/** The API gives numbers as text, with six decimals (`reference/experience.md` 2.3). */
function percent(text: string | undefined): string | undefined {
  return text === undefined ? undefined : Number(text).toFixed(1)
}
