import type { Reader } from '@oakestra/store'
import { applicationVersion, clusterVersion, serviceVersion } from '@oakestra/wire'
import type { Actor } from '../../accounts/actor.ts'
import type { ClusterGuard } from '../../session/cluster-registry.ts'
import { ownApplication, ownService, servicesOf } from '../../state/operations-ownership.ts'
import { type IfMatch, requireVersion } from './version.ts'

/** Who changes, and which versions that is meant for. */
interface Change {
  readonly actor: Actor
  readonly ifMatch: IfMatch
}

/** To be asked in the section that changes the service. @throws OakError `conflict`, `not-found`, `forbidden` */
export async function guardService(reader: Reader, { actor, ifMatch }: Change, serviceId: string): Promise<void> {
  if (ifMatch === undefined) return
  const service = await ownService(reader, actor, serviceId)
  requireVersion(ifMatch, serviceVersion(service), `service ${service.descriptor.name}`)
}

/** To be asked in the section that changes the application. @throws OakError `conflict`, `not-found`, `forbidden` */
export async function guardApplication(reader: Reader, { actor, ifMatch }: Change, applicationId: string): Promise<void> {
  if (ifMatch === undefined) return
  const application = await ownApplication(reader, actor, applicationId)
  const ids = (await servicesOf(reader, application.id)).map(({ id }) => id)
  requireVersion(ifMatch, applicationVersion(application, ids), `application ${application.name}`)
}

/** For the section that changes a cluster; undefined where any version will do. */
export function clusterGuard(ifMatch: IfMatch): ClusterGuard | undefined {
  return ifMatch && ((cluster) => requireVersion(ifMatch, clusterVersion(cluster), `cluster ${cluster.name}`))
}
