import type { Api } from '@oakestra/api-client'
import { told } from '../../client/answers.ts'
import { type CliContext, openApi } from '../context.ts'
import { type Options, printResult } from '../options.ts'
import { renderTable } from '../table.ts'
import { allHooks, findHook } from './hooks.ts'

type Row = Api.HookDelivery & { readonly hook: string }

export async function listFailed(
  context: CliContext,
  word: string | undefined,
  options: Options<{ readonly waiting?: boolean }>,
): Promise<void> {
  const api = await openApi(context, options)
  const hooks = word === undefined ? await allHooks(api) : [await findHook(api, word)]
  const rows: Row[] = []
  for (const { _id: hookId, hook_name } of hooks) {
    const query = options.waiting ? {} : { state: 'failed' as const }
    const found = await told('cannot list deliveries', api.call('GET /api/v1/hooks/{hookId}/deliveries', { params: { hookId }, query }))
    rows.push(...found.map((delivery) => ({ ...delivery, hook: hook_name })))
  }
  printResult(context, options.json, rows, () => {
    if (rows.length === 0) context.output.talk('Every hook has heard everything.')
    return renderTable(rows, [
      { title: 'DELIVERY ID', value: (row) => row.id },
      { title: 'HOOK', value: (row) => row.hook },
      { title: 'EVENT', value: (row) => row.event },
      { title: 'ENTITY', value: (row) => `${row.entity} ${row.entity_id}` },
      { title: 'STATE', value: (row) => row.state },
      { title: 'TRIES', value: (row) => row.attempts },
      { title: 'HAPPENED', value: (row) => row.happened_at },
      { title: 'REASON', value: (row) => row.last_error },
    ])
  })
}

export async function retryFailed(context: CliContext, word: string, deliveryId: string | undefined, options: Options): Promise<void> {
  const api = await openApi(context, options)
  const { _id: hookId, hook_name } = await findHook(api, word)
  const call =
    deliveryId === undefined
      ? api.call('POST /api/v1/hooks/{hookId}/retry', { params: { hookId } })
      : api.call('POST /api/v1/hooks/{hookId}/deliveries/{deliveryId}/retry', { params: { hookId, deliveryId } })
  const { message } = await told('cannot tell it again', call)
  context.output.talk(`${hook_name}: ${message}.`)
}
