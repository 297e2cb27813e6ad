import { OakError } from '@oakestra/base'
import type { Cluster } from '@oakestra/model'
import { clusters, ROOT_COLLECTIONS } from '../../../state/collections.ts'
import { type ApiFixture, createApiFixture } from '../../testing/api-fixture.ts'
import { service, sla } from '../../testing/documents.ts'
import { createIdentities, type Identities } from './identities.ts'

export interface FuzzScene extends AsyncDisposable {
  readonly fixture: ApiFixture
  readonly identities: Identities
  /** Everything in the store, as text; what is told of the calls themselves left out. */
  contents(): Promise<string>
}

/** Refused calls may be told of: that changes no state anybody acts on. */
export const RECORDS_OF_CALLS: ReadonlySet<string> = new Set(['events', 'audit', 'audit_entries'])

const CLUSTER: Cluster = { id: 'c'.repeat(24), name: 'c1', location: '', createdAtMs: 0 }

/** A root with users, applications and a cluster, whose outside world always answers: what is left of 5xx is our own. */
export async function createFuzzScene(): Promise<FuzzScene> {
  const notThere = async (): Promise<never> => {
    throw new OakError('not-found', 'there is none of this id')
  }
  const fixture = await createApiFixture({
    connectedClusters: () => new Set([CLUSTER.id]),
    clusters: { setStanding: async () => CLUSTER, remove: async () => CLUSTER },
    nodes: { list: async () => [], change: async () => undefined, remove: async () => undefined },
    joinTokens: { forCluster: async () => 'token', forNode: async () => 'token' },
    moves: { move: notThere },
    unclaimed: { list: async () => [], adopt: notThere, drop: notThere },
  })
  const identities = await createIdentities(fixture)
  await fixture.store.write((writer) => writer.put(clusters, CLUSTER))
  for (const token of identities.valid.slice(0, 2)) {
    const payload = sla('shop', [service('web'), service('database', { replicas: 2 })])
    await fixture.api.inject({ method: 'POST', url: '/api/application', headers: { authorization: `Bearer ${token}` }, payload })
  }
  return {
    fixture,
    identities,
    contents: () =>
      fixture.store.read(async (reader) => {
        const kept = ROOT_COLLECTIONS.filter(({ name }) => !RECORDS_OF_CALLS.has(name))
        const all = []
        for (const collection of kept) all.push([collection.name, await reader.list<unknown>(collection as never)])
        return JSON.stringify(all)
      }),
    [Symbol.asyncDispose]: () => fixture[Symbol.asyncDispose](),
  }
}
