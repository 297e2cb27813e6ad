import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Route } from '../route.ts'
import { ROUTES } from '../routes.ts'
import { service, sla } from '../testing/documents.ts'
import { CALLERS, People, type Things } from './testing/people.ts'
import { type Reach, readRoleTable } from './testing/role-table.ts'
import { type Answer, PASSWORD } from './testing/started-root.ts'

const TABLE = readRoleTable()
const nameOf = ({ method, path }: Route) => `${method} ${path}`

/** Bodies that are right, so that only a missing right refuses them; by route, for the things they are about. */
const BODIES: Readonly<Record<string, (things: Things) => unknown>> = {
  'POST /api/auth/login': ({ userName }) => ({ username: userName, password: PASSWORD }),
  'POST /api/auth/register': () => ({ name: 'newcomer', password: PASSWORD }),
  'POST /api/user/:userName': () => ({ oldPassword: PASSWORD, newPassword: `${PASSWORD}!` }),
  'PUT /api/user/:userName': () => ({}),
  'POST /api/organization': () => ({ name: 'new' }),
  'PUT /api/organization/:organizationId': () => ({}),
  'POST /api/application': () => sla('new'),
  'PUT /api/application/:applicationId': () => ({ application_desc: 'other' }),
  'POST /api/service': ({ applicationId }) => sla('any', [service('more')], applicationId),
  'PUT /api/service/:serviceId': () => service('web', { memory: 10 }),
  'PUT /api/service/:serviceId/gateway': () => ({ gateway: null }),
  'PUT /api/service/:serviceId/replicas': () => ({ replicas: 1 }),
  'POST /api/service/:serviceId/rollback': () => ({}),
  'POST /api/service/:serviceId/instance/:instanceNumber/move': () => ({}),
  'POST /api/service/:serviceId/instance/:instanceNumber/restart': () => ({}),
  'POST /api/v1/applications': () => ({ application_name: 'new', application_namespace: 't' }),
  'PATCH /api/v1/applications/:applicationId': () => ({ application_desc: 'other' }),
  'POST /api/v1/jobs': ({ applicationId }) => ({ ...service('more'), applicationID: applicationId }),
  'PUT /api/v1/jobs': ({ applicationId }) => ({ ...service('web', { memory: 10 }), applicationID: applicationId }),
  'PATCH /api/v1/jobs/:serviceId': () => ({ memory: 10 }),
}

/** Lists that everybody may ask for, each with whose things are in it; what of them stands in the answer. */
const LISTS: Readonly<Record<string, keyof Things>> = {
  'GET /api/users': 'userId',
  'GET /api/organization': 'organizationId',
  'GET /api/applications': 'applicationId',
  'GET /api/services': 'serviceId',
  'GET /api/v1/applications': 'applicationId',
  'GET /api/v1/jobs': 'serviceId',
}

let people: People
beforeAll(async () => {
  people = await People.gather()
})
afterAll(() => people[Symbol.asyncDispose]())

async function ask(route: Route, caller: string, things: Things): Promise<Answer> {
  const name = nameOf(route)
  const path = route.path.replaceAll(/:(\w+)/g, (_, parameter: string) => valueOf(parameter, things))
  const body = BODIES[name]?.(things)
  const token = people.token(caller, route.permission.kind === 'refresh-token' ? 'refresh_token' : 'token')
  const answer = await people.started.call(route.method, path, body, { token })
  // What was refused changed nothing: that is held by other tests, and saves most of the time.
  if (route.method !== 'GET' && answer.status < 400) await people.restore()
  return answer
}

function valueOf(parameter: string, things: Things): string {
  if (parameter === 'clusterId') return people.clusterId
  if (parameter === 'instanceNumber') return '0'
  return parameter in things ? things[parameter as keyof Things] : 'f'.repeat(24)
}

/** What must not be seen, is said not to be there. Whatever else is answered, this caller may ask. */
function reaches(route: Route, reach: Reach, answer: Answer, things: Things): boolean {
  const listed = LISTS[nameOf(route)]
  if (listed) return answer.status === 200 && answer.text.includes(things[listed])
  const isHidden = reach !== 'yes' && answer.status === 404 && answer.text.includes('there is no ')
  return !isHidden && answer.status !== 401 && answer.status !== 403
}

interface Target {
  readonly owner: string
  /** Words that promise that these things are reached. */
  readonly promisedBy: readonly Reach[]
}

/** Whose things are tried. */
function targetsOf(column: string, caller: string, { path }: Route): readonly Target[] {
  if (column === 'other organization') return [{ owner: 'colleague', promisedBy: ['all', 'yes'] }]
  const targets: readonly Target[] = [
    { owner: caller === '' ? 'plain' : caller, promisedBy: ['all', 'organization', 'own', 'yes'] },
    { owner: 'boss', promisedBy: ['all', 'yes'] },
  ]
  // An organization belongs to all of its members alike.
  const isShared = path.startsWith('/api/organization') || path.includes(':organizationId')
  return isShared ? targets : [...targets, { owner: 'colleague', promisedBy: ['all', 'organization', 'yes'] }]
}

describe('the table of roles', () => {
  test('has a row for every route, and no other', () => {
    expect([...TABLE.keys()].toSorted(), 'add the route to the table in docs/roles.md').toEqual(ROUTES.map(nameOf).toSorted())
  })

  test.each(ROUTES.map((route) => [nameOf(route), route] as const))('is what happens at %s', async (name, route) => {
    const row = TABLE.get(name)
    const wrong: string[] = []
    for (const [column, caller] of Object.entries(CALLERS)) {
      const reach = row?.get(column) ?? '–'
      for (const { owner, promisedBy } of targetsOf(column, caller, route)) {
        const answer = await ask(route, caller, people.of(owner))
        if (reaches(route, reach, answer, people.of(owner)) === promisedBy.includes(reach)) continue
        wrong.push(`${column} (${reach}) at things of ${owner}: ${answer.status} ${answer.text.slice(0, 200)}`)
      }
    }
    expect(wrong).toEqual([])
  })
})
