import type { Reader } from '@oakestra/store'
import { applicationVersion, clusterVersion, organizationVersion, serviceVersion } from '@oakestra/wire'
import type { Actor } from '../../accounts/actor.ts'
import type { ClusterGuard } from '../../session/cluster-registry.ts'
import { findOrganization } from '../../state/operations-organizations.ts'
import { ownApplication, ownService, servicesOf } from '../../state/operations-ownership.ts'
import { findUser } from '../../state/operations-users.ts'
import { userAnswer } from '../users/user-answer.ts'
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

/** To be asked in the section that changes the user. @throws OakError `conflict`, `not-found`, `forbidden` */
export async function guardUser(reader: Reader, { actor, ifMatch }: Change, name: string): Promise<void> {
  if (ifMatch === undefined) return
  requireVersion(ifMatch, userAnswer(actor, await findUser(reader, actor, name)).version, `user ${name}`)
}

/** To be asked in the section that changes the organization. @throws OakError `conflict`, `not-found` */
export async function guardOrganization(reader: Reader, { actor, ifMatch }: Change, id: string): Promise<void> {
  if (ifMatch === undefined) return
  const organization = await findOrganization(reader, actor, id)
  requireVersion(ifMatch, organizationVersion(organization), `organization ${organization.name}`)
}
