import type { Application } from '@oakestra/model'
import { openSqliteStore, type Store } from '@oakestra/store'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Actor } from '../accounts/actor.ts'
import { accessTo } from './application-access.ts'
import { applications, organizations, ROOT_COLLECTIONS, type Role } from './collections.ts'
import { applicationsOf, ownApplication } from './operations-ownership.ts'

const application: Application = {
  id: 'a',
  name: 'shop',
  namespace: 't',
  description: '',
  owner: 'ann',
  organizationId: 'lab',
  createdAtMs: 0,
  source: {},
}

const actor = (name: string, organizationId: string, ...roles: readonly Role[]): Actor => ({ userId: name, name, roles, organizationId })

let store: Store
beforeEach(async () => {
  store = await openSqliteStore({ file: ':memory:', collections: ROOT_COLLECTIONS })
  await setMembers(['ann', 'bob'])
  await store.write((writer) => writer.put(applications, application))
})
afterEach(() => store[Symbol.asyncDispose]())

function setMembers(names: readonly string[]): Promise<void> {
  const members = names.map((userId) => ({ userId, roles: [] }))
  return store.write((writer) => writer.put(organizations, { id: 'lab', name: 'lab', members }))
}

describe('an application made in an organization', () => {
  test.each([
    [actor('root', 'elsewhere', 'Admin'), 'change'],
    [actor('bob', 'lab', 'Organization_Admin'), 'change'],
    [actor('bob', 'lab', 'Application_Provider'), 'read'],
    [actor('bob', 'lab', 'Infrastructure_Provider'), 'none'],
    [actor('bob', 'lab'), 'none'],
    [actor('bob', 'elsewhere', 'Organization_Admin', 'Application_Provider'), 'none'],
    [actor('ann', 'lab', 'Application_Provider'), 'change'],
    [actor('ann', 'lab'), 'read'],
    [actor('ann', 'elsewhere', 'Application_Provider'), 'change'],
  ] as const)('%j may: %s', async (who, access) => {
    expect(await store.read((reader) => accessTo(reader, who, application))).toBe(access)
    const listed = await store.read((reader) => applicationsOf(reader, who, 'visible'))
    expect(listed).toEqual(access === 'none' ? [] : [application])
  })

  test('stays with the organization when its owner leaves', async () => {
    await setMembers(['bob'])
    const ann = actor('ann', 'lab', 'Application_Provider')
    expect(await store.read((reader) => accessTo(reader, { ...ann, organizationId: 'elsewhere' }, application))).toBe('none')
    expect(await store.read((reader) => applicationsOf(reader, { ...ann, organizationId: 'elsewhere' }))).toEqual([])
  })

  test('can be seen without being changed, which is said; to others it does not exist', async () => {
    const bob = actor('bob', 'lab', 'Application_Provider')
    const as = (who: Actor, purpose: 'read' | 'change') => store.read((reader) => ownApplication(reader, who, 'a', purpose))
    expect(await as(bob, 'read')).toEqual(application)
    await expect(as(bob, 'change')).rejects.toMatchObject({
      code: 'forbidden',
      message: expect.stringContaining('you may see application shop'),
    })
    await expect(as(actor('eve', 'lab'), 'read')).rejects.toMatchObject({ code: 'not-found' })
  })
})

test('an application of no organization is its owner’s alone', async () => {
  const { organizationId: _, ...alone } = application
  const access = (who: Actor) => store.read((reader) => accessTo(reader, who, alone))
  expect(await access(actor('ann', 'anywhere', 'Application_Provider'))).toBe('change')
  expect(await access(actor('bob', 'lab', 'Organization_Admin'))).toBe('none')
})
