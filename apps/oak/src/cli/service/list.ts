import type { ServiceView } from '../../client/types.ts'
import { type CliContext, openClient } from '../context.ts'
import { type Options, printResult } from '../options.ts'
import { applicationNameOf, findApplication } from '../resolve.ts'
import { paintStatus } from '../status-paint.ts'
import { renderTable } from '../table.ts'

export async function listServices(context: CliContext, options: Options<{ readonly app?: string }>): Promise<void> {
  const client = await openClient(context, options)
  const application = options.app === undefined ? undefined : await findApplication(client, options.app)
  const services = await client.services(application?.applicationID)
  printResult(context, options.json, services, () => {
    if (services.length === 0) context.output.talk('No services yet. They come with an application: oak app create -f FILE')
    return serviceTable(context, services)
  })
}

export function serviceTable(context: CliContext, services: readonly ServiceView[]): readonly string[] {
  const { paint } = context.output
  return renderTable(services, [
    { title: 'SERVICE ID', value: (row) => row.microserviceID },
    { title: 'NAME', value: (row) => row.microservice_name },
    { title: 'NAMESPACE', value: (row) => row.microservice_namespace },
    { title: 'APPLICATION', value: applicationNameOf },
    { title: 'RUNNING', value: runningOf },
    { title: 'STATUS', value: (row) => row.status, paint: (text, row) => paintStatus(paint, row.status ?? '')(text) },
    { title: 'DETAIL', value: detailOf },
  ])
}

function runningOf(service: ServiceView): string {
  const instances = service.instance_list ?? []
  return `${instances.filter((instance) => instance.status === 'RUNNING').length}/${service.replicas ?? instances.length}`
}

/** The reason is worth a column only where something is not as it should be. */
function detailOf(service: ServiceView): string | undefined {
  return service.status === 'RUNNING' || service.status === 'COMPLETED' ? undefined : service.status_detail
}
