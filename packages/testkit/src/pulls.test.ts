import { until } from '@oakestra/base/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ApiUser } from './api-user.ts'
import { type System, startSystem } from './start-system.ts'

const HOUR_MS = 3_600_000
// More than a node starts at the same time.
const MANY = 10

let system: System
let admin: ApiUser

beforeEach(async () => {
  system = await startSystem()
  admin = await system.admin()
})
afterEach(() => system[Symbol.asyncDispose]())

const service = (name: string, code: string) => ({ microservice_name: name, code, memory: 1, vcpus: 0 })
const slow = (number = 0) => `fake://run?pull=${HOUR_MS}&number=${number}`

async function pulling(id: string): Promise<void> {
  await until('the image is being fetched', async () => (await admin.service(id)).instance_list[0]?.status_detail.startsWith('image:'))
}

describe('an image that takes long to fetch', () => {
  it('is called off when its instance is wanted no more', async () => {
    const { web: id = '' } = await admin.createApplication('shop', [service('web', slow())])
    await admin.deploy(id)
    await pulling(id)
    await admin.undeploy(id)
    await until('root has forgotten it', async () => (await admin.call('GET', `/api/service/${id}/instance/0`)).status === 404)
    expect(system.node('n1').machine.images.size).toBe(0)
  })

  it('does not keep other instances from starting', async () => {
    const many = Array.from({ length: MANY }, (_, number) => service(`slow${number}`, slow(number)))
    const ids = await admin.createApplication('shop', [...many, service('quick', 'fake://run')])
    for (let number = 0; number < MANY; number += 1) await admin.deploy(ids[`slow${number}`] ?? '')
    for (let number = 0; number < MANY; number += 1) await pulling(ids[`slow${number}`] ?? '')
    await admin.deploy(ids['quick'] ?? '')
    await admin.sees(ids['quick'] ?? '', 'RUNNING')
  })
})
