import { afterEach, beforeEach, expect, it } from 'vitest'
import { type ApiFixture, createApiFixture } from '../api/testing/api-fixture.ts'
import { service, sla } from '../api/testing/documents.ts'
import { events } from '../events/events.ts'
import { clusters } from '../state/collections.ts'
import { forgetOverlayOf, gatewayTroubles } from './overlay-records.ts'
import { OVERLAY_TAKERS } from './overlay-takers.ts'

let fixture: ApiFixture
let id: string

beforeEach(async () => {
  fixture = await createApiFixture()
  await fixture.store.write((writer) => writer.put(clusters, { id: 'c1', name: 'munich', location: '', createdAtMs: 0 }))
  id = await created('shop', { gateway: { ports: '8080:80' } })
})
afterEach(() => fixture[Symbol.asyncDispose]())

async function created(name: string, changes: object): Promise<string> {
  const answer = await fixture.call('POST', '/api/application', sla(name, [service('web', changes)]))
  expect(answer.statusCode, answer.body).toBe(200)
  return answer.json().at(-1).microservices[0]
}

const fault = (reason: string, node = 'n1') => ({ node, reason })
const say = (serviceId: string, ...faults: readonly object[]) =>
  fixture.store.write((writer) => {
    const put = faults.length > 0 ? [{ kind: 'gateway', serviceId, faults, total: faults.length }] : []
    const gone = faults.length > 0 ? [] : [serviceId]
    return OVERLAY_TAKERS.gateway(writer, 'c1', { mode: 'change', generation: 1, put, gone })
  })
const shown = async (serviceId = id) => (await fixture.call('GET', `/api/service/${serviceId}`)).json().gateway_faults
const told = async () => (await fixture.store.read((reader) => reader.list(events))).filter(({ kind }) => kind === 'service.gateway')

it('a service says which nodes do not publish it, and why, until they do', async () => {
  expect(await shown()).toEqual([])
  await say(id, fault('port 8080/tcp cannot be published: a program of this machine has it'))
  expect(await shown()).toEqual([
    { cluster: 'munich', node: 'n1', reason: 'port 8080/tcp cannot be published: a program of this machine has it' },
  ])
  await say(id)
  expect(await shown()).toEqual([])
})

it('its events say so once, and when it is over', async () => {
  await say(id, fault('its port is taken'))
  await say(id, fault('its port is taken'))
  await say(id)
  expect(await told()).toMatchObject([
    { object: { name: 'shop.t.web.t' }, actor: { name: 'munich' }, reason: 'n1: its port is taken', details: { nodes: 1, before: 0 } },
    { serviceId: id, details: { nodes: 0, before: 1 } },
  ])
})

it('nothing is kept of services that are not published, nor of a cluster that is forgotten', async () => {
  const other = await created('other', {})
  await say(other, fault('nobody asked'))
  expect(await shown(other)).toEqual([])
  expect(await told()).toEqual([])
  await say(id, fault('its port is taken'))
  await fixture.store.write((writer) => forgetOverlayOf(writer, 'c1'))
  expect(await fixture.store.read((reader) => reader.list(gatewayTroubles))).toEqual([])
})
