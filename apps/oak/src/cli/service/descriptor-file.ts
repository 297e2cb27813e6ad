import { isRecord } from '../../client/answers.ts'
import type { ServiceView } from '../../client/types.ts'
import { CliFailure, EXIT } from '../failure.ts'
import { applicationNameOf } from '../resolve.ts'

export type ServiceDocument = Readonly<Record<string, unknown>>

/**
 * The descriptor of one service out of whatever people keep it in: the service itself, a list of services, or a whole
 * deployment document. @throws CliFailure `usage`
 */
export function serviceDocument(document: unknown, service: ServiceView, file: string): ServiceDocument {
  const entries = entriesOf(document)
  const matches = entries.filter(({ document: { microservice_name: name, microservice_namespace: namespace } }) => {
    return name === service.microservice_name && (namespace === undefined || namespace === service.microservice_namespace)
  })
  const ofApplication = matches.filter(({ application }) => application === applicationNameOf(service))
  const [found] = ofApplication.length > 0 ? ofApplication : matches
  if (found) return found.document
  const names = entries.map((entry) => entry.document['microservice_name']).filter((name) => typeof name === 'string')
  const hint =
    names.length > 0 ? `it describes: ${names.join(', ')}` : 'it must be a service, or a document with "microservices" or "applications"'
  throw new CliFailure(EXIT.usage, `${file} does not describe ${service.microservice_name}.${service.microservice_namespace}`, hint)
}

interface Entry {
  readonly document: ServiceDocument
  readonly application?: unknown
}

function entriesOf(document: unknown): readonly Entry[] {
  if (!isRecord(document)) return []
  const { applications, microservices } = document
  if (Array.isArray(applications)) {
    return applications.filter(isRecord).flatMap((application) => {
      return entriesOf({ microservices: application['microservices'] }).map((entry) => ({
        ...entry,
        application: application['application_name'],
      }))
    })
  }
  if (Array.isArray(microservices)) return microservices.filter(isRecord).map((service) => ({ document: service }))
  return 'microservice_name' in document ? [{ document }] : []
}
