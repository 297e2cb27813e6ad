import { type CliContext, openClient } from '../context.ts'
import { type Options, printResult } from '../options.ts'
import { renderTable } from '../table.ts'

// Descriptions are prose; a row of a table is not the place to read them.
const DESCRIPTION_CHARS_MAX = 40

export async function listApplications(context: CliContext, options: Options): Promise<void> {
  const client = await openClient(context, options)
  const applications = await client.applications()
  printResult(context, options.json, applications, () => {
    if (applications.length === 0) context.output.talk('No applications yet. Create one with: oak app create -f FILE')
    return renderTable(applications, [
      { title: 'APPLICATION ID', value: (row) => row.applicationID },
      { title: 'NAME', value: (row) => row.application_name },
      { title: 'NAMESPACE', value: (row) => row.application_namespace },
      { title: 'SERVICES', value: (row) => row.microservices?.length ?? 0 },
      { title: 'DESCRIPTION', value: (row) => row.application_desc?.slice(0, DESCRIPTION_CHARS_MAX) },
    ])
  })
}
