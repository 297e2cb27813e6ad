import { seededRandom } from '@oakestra/base/testing'
import type { Store } from '@oakestra/store'
import type { FastifyInstance, LightMyRequestResponse } from 'fastify'
import { createRootApi } from '../../api/create-root-api.ts'
import type { Method } from '../../api/route.ts'
import { type ApiFixture, createApiFixture } from '../../api/testing/api-fixture.ts'
import { RecordingStore } from '../../events/recording-store.ts'
import type { Role } from '../../state/collections.ts'
import type { HookAnswer, HookCall } from '../hook-caller.ts'
import { openHooks } from '../open-hooks.ts'

/** What a receiver makes of a call; it may take its time, throw, or never answer. */
type Receiver = (call: { readonly url: string; readonly event: string; readonly body: Record<string, unknown> }) => unknown

/** A root's API with hooks, and receivers that never touch a network. */
export interface HookScene extends AsyncDisposable {
  readonly fixture: ApiFixture
  readonly store: Store
  /** Every call, in its order. */
  readonly calls: HookCall[]
  /** Bodies of the calls of an event, in their order. */
  told(event: string): Record<string, unknown>[]
  /** What the next calls are answered with; 200 and nothing else at first. */
  receiver: Receiver
  call(method: Method, url: string, body?: unknown, options?: CallOptions): Promise<LightMyRequestResponse>
  /** Makes a hook that is called at `http://receiver/` and its name. */
  hook(name: string, entity: string, events: readonly string[], extra?: object): Promise<string>
  idle(): Promise<void>
}

interface CallOptions {
  readonly as?: string
  readonly roles?: readonly Role[]
  readonly headers?: Readonly<Record<string, string>>
}

/** Of a receiver that answers with another status. */
export class Answer {
  readonly status: number
  readonly body: string

  constructor(status: number, body: unknown = '') {
    this.status = status
    this.body = typeof body === 'string' ? body : JSON.stringify(body)
  }
}

export async function openHookScene(): Promise<HookScene> {
  const fixture = await createApiFixture()
  const { clock, logger } = fixture
  const { ids } = fixture.deps
  const calls: HookCall[] = []
  const caller = async (call: HookCall): Promise<HookAnswer> => {
    calls.push(call)
    const answer = await scene.receiver({ url: call.url, event: call.headers['x-oak-event'] ?? '', body: JSON.parse(call.body) })
    if (answer instanceof Answer) return answer
    return { status: 200, body: answer === undefined ? '' : JSON.stringify(answer) }
  }
  const store = await RecordingStore.open({ store: fixture.store, clock, logger })
  const hooks = await openHooks({ store: store.beneath, clock, ids, random: seededRandom(1), logger, caller })
  store.putBeneath(hooks.store)
  const api: FastifyInstance = await createRootApi({ ...fixture.deps, store, hooks: hooks.before })
  const scene: HookScene = {
    fixture,
    store,
    calls,
    receiver: () => undefined,
    told: (event) => calls.filter(({ headers }) => headers['x-oak-event'] === event).map(({ body }) => JSON.parse(body)),
    async call(method, url, body, { as = 'Admin', roles = [], headers = {} } = {}) {
      const authorization = `Bearer ${await fixture.tokenOf(as, roles)}`
      return api.inject({ method, url, headers: { authorization, ...headers }, ...(body === undefined ? {} : { payload: body as object }) })
    },
    async hook(name, entity, events, extra = {}) {
      const body = { hook_name: name, webhook_url: `http://receiver/${name}`, entity, events, ...extra }
      const answer = await scene.call('POST', '/api/v1/hooks', body)
      if (answer.statusCode !== 201) throw new Error(answer.body)
      return answer.json()._id
    },
    idle: () => hooks.idle(),
    async [Symbol.asyncDispose]() {
      await hooks[Symbol.asyncDispose]()
      await api.close()
      await fixture[Symbol.asyncDispose]()
    },
  }
  return scene
}
