import { type CliContext, openClient } from '../context.ts'
import { type Options, printResult } from '../options.ts'
import { findService, qualifiedName } from '../resolve.ts'
import { renderTable } from '../table.ts'

/** Lists the revisions of a service, the newest first. */
export async function showHistory(context: CliContext, word: string, options: Options): Promise<void> {
  const client = await openClient(context, options)
  const service = await findService(client, word)
  const revisions = [...(await client.revisions(service.microserviceID))].sort((a, b) => b.revision - a.revision)
  const { paint } = context.output
  printResult(context, options.json, revisions, () =>
    renderTable(revisions, [
      {
        title: 'REVISION',
        value: (row) => (row.revision === service.revision ? `${row.revision} (now)` : row.revision),
        paint: (text, row) => (row.revision === service.revision ? paint.green(text) : text),
      },
      { title: 'CREATED', value: (row) => row.created },
      { title: 'IMAGE', value: (row) => row.image },
      { title: 'REASON', value: (row) => row.reason },
    ]),
  )
  if (revisions.length > 1) context.output.talk(`Go back with: oak service rollback ${qualifiedName(service)} --revision NUMBER`)
}
