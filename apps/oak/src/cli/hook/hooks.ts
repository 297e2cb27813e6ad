import type { Api, ApiClient } from '@oakestra/api-client'
import { told } from '../../client/answers.ts'
import { type CliContext, openApi } from '../context.ts'
import { CliFailure, EXIT } from '../failure.ts'
import { confirm, type Options, printResult } from '../options.ts'
import { didYouMean } from '../suggest.ts'
import { renderTable } from '../table.ts'

export interface AddOptions {
  readonly entity: string
  readonly on: string
  readonly mustAgree?: boolean
  /** In milliseconds. */
  readonly timeout?: number
}

export async function listHooks(context: CliContext, options: Options): Promise<void> {
  const hooks = await allHooks(await openApi(context, options))
  printResult(context, options.json, hooks, () =>
    renderTable(hooks, [
      { title: 'HOOK ID', value: (row) => row._id },
      { title: 'NAME', value: (row) => row.hook_name },
      { title: 'ENTITY', value: (row) => row.entity },
      { title: 'EVENTS', value: (row) => row.events.join(',') },
      { title: 'WITHOUT ANSWER', value: (row) => (row.on_failure === 'open' ? 'goes on' : 'refuses') },
      { title: 'URL', value: (row) => row.webhook_url },
    ]),
  )
}

export async function addHook(
  context: CliContext,
  { name, url }: { readonly name: string; readonly url: string },
  options: Options<AddOptions>,
): Promise<void> {
  const api = await openApi(context, options)
  const body = {
    hook_name: name,
    webhook_url: url,
    entity: options.entity,
    // Root says which words there are.
    events: options.on.split(',').map((word) => word.trim()) as unknown as Api.NewHook['events'],
    ...(options.mustAgree && { on_failure: 'closed' as const }),
    ...(options.timeout !== undefined && { timeout_ms: options.timeout }),
  }
  const hook = await told('the hook was refused', api.call('POST /api/v1/hooks', { body }))
  printResult(context, options.json, hook, () => [hook._id])
  if (!options.json)
    context.output.talk(`${hook.hook_name} is called from now on. Its calls are signed with ${hook.secret}: this is shown only now.`)
}

export async function removeHook(context: CliContext, word: string, options: Options<{ readonly yes?: boolean }>): Promise<void> {
  const api = await openApi(context, options)
  const hook = await findHook(api, word)
  await confirm(context, options.yes, `This removes the hook ${hook.hook_name}, with what it has not heard.`)
  await told('cannot remove the hook', api.call('DELETE /api/v1/hooks/{hookId}', { params: { hookId: hook._id } }))
  context.output.talk(`Removed ${hook.hook_name}.`)
}

export async function allHooks(api: ApiClient): Promise<readonly Api.Hook[]> {
  return told('cannot list hooks', api.call('GET /api/v1/hooks'))
}

/** By name or id. @throws CliFailure `notFound` */
export async function findHook(api: ApiClient, word: string): Promise<Api.Hook> {
  const hooks = await allHooks(api)
  const found = hooks.find((hook) => hook._id === word || hook.hook_name === word)
  if (found) return found
  const names = hooks.map((hook) => hook.hook_name)
  throw new CliFailure(EXIT.notFound, `there is no hook "${word}"`, didYouMean(word, names) ?? 'see what there is with: oak hook list')
}
