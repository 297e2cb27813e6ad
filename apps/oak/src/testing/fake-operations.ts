import type { ClusterView, InstanceView, NodeView, RevisionView, ServiceView, UnclaimedView } from '../client/types.ts'

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/** What the operations of a fake root work on. */
export interface FakeState {
  readonly services: Mutable<ServiceView>[]
  readonly clusters: ClusterView[]
  readonly nodes: NodeView[]
  readonly unclaimed: UnclaimedView[]
  readonly revisions: RevisionView[]
  /** Bodies of changes, in order. */
  readonly bodies: unknown[]
  /** What an operation is refused with. */
  refusal: { readonly status: number; readonly message: string } | undefined
  /** What a restart makes of an instance. */
  readonly afterRestart: (instance: InstanceView) => InstanceView
  readonly makeInstance: (number: number) => InstanceView
}

type Answer = readonly [status: number, body: unknown]
const DONE: Answer = [200, { message: 'ok' }]

/** Changes of operators and of the whole of a service; undefined when the call is none. */
export function routeOperation(state: FakeState, call: string, body: unknown): Answer | undefined {
  const place = /^(PATCH|DELETE) \/api\/clusters\/(\w+)(?:\/nodes\/(\w+))?$/.exec(call)
  const service = /^(POST|PUT|GET) \/api\/service\/(\w+)(?:\/(rollback|replicas|gateway|revisions|instance\/\d+\/(?:move|restart)))?$/.exec(
    call,
  )
  const isApplication = /^PUT \/api\/application\/\w+$/.test(call)
  const isService = service !== null && (service[3] !== undefined || service[1] === 'PUT')
  if (!place && !isService && !isApplication) return undefined
  if (body !== undefined) state.bodies.push(body)
  if (state.refusal) return [state.refusal.status, { message: state.refusal.message }]
  if (isApplication) return DONE
  if (place) return changePlace(state, place[1] ?? '', place[3] ?? place[2] ?? '', body)
  const found = state.services.find(({ microserviceID }) => microserviceID === service?.[2])
  return found ? changeService(state, found, service?.[3] ?? 'update', body) : [404, { message: 'there is no such service' }]
}

/** The list of what nobody is known to want; whatever is decided about one of them, it is in the list no more. */
export function routeUnclaimed({ unclaimed, refusal }: FakeState, call: string): Answer {
  if (call === 'GET /api/unclaimed') return [200, unclaimed]
  const index = unclaimed.findIndex(({ cluster_id, instance_id }) => call.includes(`${cluster_id}/${instance_id}`))
  if (refusal && index === 0) return [refusal.status, { message: refusal.message }]
  return unclaimed.splice(index, 1).length > 0 ? DONE : [404, { message: 'there is no such instance' }]
}

function changePlace(state: FakeState, method: string, id: string, body: unknown): Answer {
  const lists: { _id?: string; id?: string }[][] = [state.clusters, state.nodes]
  for (const list of lists) {
    const index = list.findIndex((item) => (item._id ?? item.id) === id)
    if (index < 0) continue
    if (method === 'DELETE') list.splice(index, 1)
    else Object.assign(list[index] ?? {}, body)
    return DONE
  }
  return [404, { message: 'there is no such place' }]
}

function changeService(state: FakeState, service: Mutable<ServiceView>, what: string, body: unknown): Answer {
  if (what === 'revisions') return [200, state.revisions]
  if (what.endsWith('/restart')) return restart(state, service, Number(what.split('/')[1]))
  if (what.startsWith('instance')) return DONE
  if (what === 'gateway') return DONE
  if (what === 'replicas') return setReplicas(state, service, (body as { replicas: number | null }).replicas)
  const from = service.revision ?? 1
  Object.assign(service, what === 'update' ? body : {}, {
    revision: from + 1,
    rollout: { state: 'rolling', detail: 'waiting for instance 0', from_revision: from, to_revision: from + 1 },
  })
  return [200, { message: 'ok', revision: from + 1, notes: [{ path: 'memroy', text: 'has no effect; did you mean memory?' }] }]
}

function restart(state: FakeState, service: Mutable<ServiceView>, number: number): Answer {
  let asked = 1
  service.instance_list = (service.instance_list ?? []).map((each) => {
    if (each.instance_number !== number) return each
    asked = (each.restarts_asked ?? 0) + 1
    return { ...state.afterRestart(each), restarts_asked: asked }
  })
  return [200, { message: 'ok', restarts_asked: asked }]
}

function setReplicas(state: FakeState, service: Mutable<ServiceView>, replicas: number | null): Answer {
  service.replicas = replicas
  const present = service.instance_list ?? []
  const count = replicas ?? present.length
  const added = Array.from({ length: Math.max(0, count - present.length) }, (_, index) => state.makeInstance(present.length + index))
  service.instance_list = [...present.slice(0, count), ...added]
  return DONE
}
