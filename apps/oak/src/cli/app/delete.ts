import type { OakClient } from '../../client/client.ts'
import type { ApplicationView } from '../../client/types.ts'
import { type CliContext, openClient } from '../context.ts'
import { CliFailure, EXIT } from '../failure.ts'
import { confirm, type Options } from '../options.ts'
import { findApplication } from '../resolve.ts'

export interface DeleteOptions {
  readonly all?: boolean
  readonly yes?: boolean
}

export async function deleteApplications(context: CliContext, words: readonly string[], options: Options<DeleteOptions>): Promise<void> {
  const client = await openClient(context, options)
  const applications = await chosen(client, words, options)
  if (applications.length === 0) return context.output.talk('There is no application to delete.')
  await confirm(context, options.yes, await consequences(client, applications))
  for (const application of applications) {
    await client.deleteApplication(application.applicationID)
    context.output.talk(`Deleted ${application.application_name}.`)
  }
}

async function chosen(client: OakClient, words: readonly string[], options: DeleteOptions): Promise<readonly ApplicationView[]> {
  if (options.all && words.length > 0) throw new CliFailure(EXIT.usage, 'name applications or say --all, not both')
  if (options.all) return client.applications()
  if (words.length === 0) throw new CliFailure(EXIT.usage, 'no application was named', 'name one, or delete every one with --all')
  const found: ApplicationView[] = []
  for (const word of words) found.push(await findApplication(client, word))
  return found
}

/** What will vanish, named, so that a yes is a decision. */
async function consequences(client: OakClient, applications: readonly ApplicationView[]): Promise<string> {
  const ids = new Set(applications.map((application) => application.applicationID))
  const services = (await client.services()).filter((service) => ids.has(service.applicationID))
  const instances = services.reduce((sum, service) => sum + (service.instance_list?.length ?? 0), 0)
  const names = applications.map((application) => application.application_name).join(', ')
  return `This deletes ${names} with ${services.length} service(s) and ends ${instances} instance(s).`
}
