import type { Application } from '@oakestra/model'
import type { Reader } from '@oakestra/store'
import { toWireApplication, type WireApplication } from '@oakestra/wire'
import { servicesOf } from '../../state/operations-ownership.ts'

/** An application with the ids of the services that users see. */
export async function applicationView(reader: Reader, application: Application): Promise<WireApplication> {
  const services = await servicesOf(reader, application.id)
  const ids = services.map((service) => service.id)
  return toWireApplication(application, ids)
}

export async function applicationViews(reader: Reader, applications: readonly Application[]): Promise<WireApplication[]> {
  const views: WireApplication[] = []
  for (const application of applications) views.push(await applicationView(reader, application))
  return views
}
