import { type CliContext, openClient } from '../context.ts'
import { type Options, printResult } from '../options.ts'
import { findApplication } from '../resolve.ts'
import { serviceTable } from '../service/list.ts'
import { renderFields } from '../table.ts'

export async function inspectApplication(context: CliContext, word: string, options: Options): Promise<void> {
  const client = await openClient(context, options)
  const application = await findApplication(client, word)
  const services = await client.services(application.applicationID)
  printResult(context, options.json, { ...application, services }, () => [
    ...renderFields([
      ['application', application.application_name],
      ['namespace', application.application_namespace],
      ['id', application.applicationID],
      ['description', application.application_desc],
      ['isolated', application.isolated ? 'yes: other applications get in only where connectivity names them' : 'no'],
    ]),
    '',
    ...serviceTable(context, services),
  ])
}
