import { seededIds } from '@oakestra/base/testing'
import { type InstanceSpec, processOf } from '@oakestra/model'
import { openSqliteStore } from '@oakestra/store'
import { expect, it } from 'vitest'
import type { Actor } from '../accounts/actor.ts'
import { ROOT_STORE_COLLECTIONS } from '../create-root.ts'
import { sampleDescriptor } from '../services-control/testing/sample-service.ts'
import { applications } from '../state/collections.ts'
import { restoreService } from './restore-service.ts'

const ACTOR: Actor = { userId: 'u', name: 'Ada', roles: ['Admin'], organizationId: 'o' }

function heldSpec(changes: Partial<InstanceSpec>): InstanceSpec {
  return {
    ...processOf(sampleDescriptor()),
    instanceId: 'i',
    serviceId: 's',
    applicationId: 'a',
    jobName: 'shop.prod.web.front',
    number: 0,
    revision: 1,
    addresses: { v4: '10.30.0.1', v6: 'fdff::1' },
    serviceAddresses: [],
    term: 0,
    ...changes,
  }
}

it.each([
  ['isolated again, and closed until its owner says who gets in', ['s', 'guest'], true, []],
  ['as open as it was', undefined, undefined, undefined],
] as const)('an application that is made again out of what runs is %s', async (_what, admits, isIsolated, admitted) => {
  await using store = await openSqliteStore({ file: ':memory:', collections: ROOT_STORE_COLLECTIONS })
  const spec = heldSpec(admits ? { admits } : {})
  const context = { ids: seededIds(1), nowMs: 0, quietMs: 0 }
  const service = await store.write((writer) => restoreService(writer, ACTOR, spec, context))
  const application = await store.read((reader) => reader.get(applications, 'a'))
  expect([application?.isolated, service.admits]).toEqual([isIsolated, admitted])
})
