import { OakError } from '@oakestra/base'
import { nodeTokenRequestSchema, parseWire } from '@oakestra/wire'
import type { NodeOperations } from './nodes/node-operations.ts'
import type { Placing } from './placement/placing.ts'

export interface RootRequestDeps {
  readonly nodes: NodeOperations
  readonly openLogs: (params: unknown) => Promise<void>
  readonly placing: Pick<Placing, 'move' | 'unclaimed' | 'drop'>
  readonly createNodeToken: (validMs: number) => Promise<string>
}

/** What root may ask of a cluster, by name. */
export function rootRequests(deps: RootRequestDeps): (method: string, params: unknown) => Promise<unknown> {
  const answers: Readonly<Record<string, (params: unknown) => Promise<unknown>>> = {
    'logs.open': deps.openLogs,
    'nodes.list': async () => deps.nodes.list(),
    'nodes.change': (params) => deps.nodes.change(params),
    'nodes.remove': (params) => deps.nodes.remove(params),
    'nodes.token': async (params) => deps.createNodeToken(parseWire(nodeTokenRequestSchema, params, 'token request').validMs),
    'instances.move': (params) => deps.placing.move(params),
    'instances.unclaimed': () => deps.placing.unclaimed(),
    'instances.drop': (params) => deps.placing.drop(params),
  }
  return async (method, params) => {
    const answer = Object.hasOwn(answers, method) ? answers[method] : undefined
    if (!answer) throw new OakError('not-supported', `a cluster does not answer ${method}`)
    return answer(params)
  }
}
