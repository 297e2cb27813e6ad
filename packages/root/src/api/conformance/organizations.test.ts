import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { service, sla } from '../testing/documents.ts'
import { refusal, success } from './testing/expect-answer.ts'
import { StartedRoot } from './testing/started-root.ts'

interface Organization {
  readonly _id: { readonly $oid: string }
  readonly name: string
  readonly member: readonly { readonly user_id: string; readonly roles: readonly string[] }[]
}

let root: StartedRoot
let admin: string
let lab: string
beforeAll(async () => {
  root = await StartedRoot.start()
  lab = await root.found('lab', {
    chief: ['Organization_Admin'],
    dev: ['Application_Provider'],
    peer: ['Application_Provider'],
    infra: ['Infrastructure_Provider'],
  })
  await root.found('other', { boss: ['Organization_Admin', 'Application_Provider'] })
  admin = await root.login('Admin')
})
afterAll(() => root[Symbol.asyncDispose]())

const list = async (token = admin) => success<Organization[]>(await root.call('GET', '/api/organization/', undefined, { token }))
const create = (body: unknown) => root.call('POST', '/api/organization/', body, { token: admin })
const put = (id: string, body: unknown, token = admin) => root.call('PUT', `/api/organization/${id}`, body, { token })
const remove = (id: string) => root.call('DELETE', `/api/organization/${id}`, undefined, { token: admin })
const ofLab = async () => success<Organization>(await root.call('GET', `/api/organization/${lab}`, undefined, { token: admin }))

describe('organizations', () => {
  test('are made with an answer that, read twice as the dashboard reads it, is the id', async () => {
    const id = JSON.parse(success<string>(await create({ name: 'newOrganization', member: [] }))) as string
    const made = (await list()).find(({ _id }) => _id.$oid === id)
    expect(made).toMatchObject({ _id: { $oid: id }, name: 'newOrganization', member: [] })
    expect(success(await put(id, { ...made, name: 'plant' }))).toEqual({ message: 'Organization is updated' })
    expect(success(await remove(id))).toEqual({ message: 'Organization deleted' })
    refusal(await remove(id), 404, 'no organization')
  })

  test.each([
    [{ name: 'lab' }, 409, 'already an organization lab'],
    [{ name: ' ' }, 400, 'name'],
    [{}, 400, 'name'],
    [{ name: 'x', member: [{ user_id: 'f'.repeat(24), roles: [] }] }, 400, 'no user'],
    [{ name: 'x', member: [{ roles: [] }] }, 400, 'member[0].user_id'],
    [{ name: 'x', member: [{ user_id: 'y', roles: ['King'] }] }, 400, 'member[0].roles[0]'],
  ])('are refused as %j with %i', async (body, status, message) => {
    refusal(await create(body), status, message)
  })

  test('keep their members when a change names none', async () => {
    const before = await ofLab()
    success(await put(lab, { name: 'lab' }))
    success(await put(lab, {}))
    expect(await ofLab()).toEqual(before)
  })

  test('do not lose root: its name, its existence, its last Admin', async () => {
    const organization = (await list()).find(({ name }) => name === 'root')
    const id = organization?._id.$oid ?? ''
    refusal(await remove(id), 409, 'stays')
    refusal(await put(id, { name: 'lost' }), 409, 'keeps its name')
    refusal(await put(id, { member: [] }), 409, 'without an Admin')
  })

  test('belong to their Organization_Admins, as far as roles end with them', async () => {
    const chief = await root.login('chief', 'lab')
    expect((await list(chief)).map(({ name }) => name)).toEqual(['lab'])
    const { member } = await ofLab()
    success(await put(lab, { member: member.map((entry) => ({ ...entry })) }, chief))
    const others = success<{ _id: { $oid: string } }>(await root.call('GET', '/api/user/boss', undefined, { token: admin }))
    refusal(await put(lab, { member: [...member, { user_id: others._id.$oid, roles: [] }] }, chief), 403, 'other organizations')
    refusal(await put(lab, { member: [] }, chief), 403, 'Infrastructure_Provider')
    const otherId = (await list()).find(({ name }) => name === 'other')?._id.$oid ?? ''
    refusal(await put(otherId, { name: 'mine' }, chief), 404, 'no organization')
    refusal(await root.call('POST', '/api/organization', { name: 'mine' }, { token: chief }), 403, 'Admin')
  })
})

describe('an application made in an organization', () => {
  const make = async (name: string, token: string) => {
    const made = success<{ applicationID: string; application_name: string; microservices: string[]; organization_id: string }[]>(
      await root.call('POST', '/api/application', sla(name, [service('web')]), { token }),
    )
    const application = made.find(({ application_name }) => application_name === name)
    if (!application) throw new Error(JSON.stringify(made))
    return application
  }
  const see = (id: string, token: string) => root.call('GET', `/api/application/${id}`, undefined, { token })

  test('is seen by its providers, managed by its admins, and unknown to others', async () => {
    const { applicationID: id, organization_id, microservices } = await make('shared', await root.login('dev', 'lab'))
    expect(organization_id).toBe(lab)
    const peer = await root.login('peer', 'lab')
    success(await see(id, peer))
    success(await root.call('GET', `/api/service/${microservices[0]}`, undefined, { token: peer }))
    refusal(await root.call('DELETE', `/api/service/${microservices[0]}`, undefined, { token: peer }), 403, 'may see')
    refusal(await see(id, await root.login('infra', 'lab')), 404, 'no application')
    refusal(await see(id, await root.login('boss', 'other')), 404, 'no application')
    success(await root.call('DELETE', `/api/application/${id}`, undefined, { token: await root.login('chief', 'lab') }))
  })

  test('is left behind by an owner who leaves', async () => {
    const token = await root.login('peer', 'lab')
    const { applicationID: id } = await make('left', token)
    const peer = success<{ _id: { $oid: string } }>(await root.call('GET', '/api/user/peer', undefined, { token }))
    const before = await ofLab()
    success(await put(lab, { member: before.member.filter(({ user_id }) => user_id !== peer._id.$oid) }))
    refusal(await see(id, token), 404, 'no application')
    refusal(await see(id, await root.login('peer')), 404, 'no application')
    success(await see(id, await root.login('chief', 'lab')))
    success(await put(lab, { member: before.member }))
    success(await see(id, token))
  })

  test('is its owner’s alone when it was made in root', async () => {
    const { organization_id } = await make('alone', admin)
    expect(organization_id).toBe('')
  })
})
