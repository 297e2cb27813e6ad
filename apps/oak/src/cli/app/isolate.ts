import { type CliContext, openClient } from '../context.ts'
import type { Options } from '../options.ts'
import { findApplication } from '../resolve.ts'

export interface IsolateOptions {
  readonly off?: boolean
}

/** Says whether instances of other applications are kept out; nothing is started anew for that. */
export async function isolateApplication(context: CliContext, word: string, options: Options<IsolateOptions>): Promise<void> {
  const client = await openClient(context, options)
  const { applicationID: id, application_name: name } = await findApplication(client, word)
  const isolated = !options.off
  await client.isolateApplication(id, isolated)
  context.output.talk(
    isolated
      ? `${name} is isolated: instances of other applications get in only where connectivity of a service here names theirs.`
      : `${name} is not isolated: instances of every application may connect.`,
  )
}
