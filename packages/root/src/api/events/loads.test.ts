import { until } from '@oakestra/base/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { LoadSample } from '../../session/load-history.ts'
import { type ApiFixture, createApiFixture } from '../testing/api-fixture.ts'
import { EventReader } from '../testing/event-reader.ts'

let fixture: ApiFixture
let loads: readonly LoadSample[] = []

beforeEach(async () => {
  fixture = await createApiFixture({ loads: (sinceMs) => loads.filter(({ timeMs }) => timeMs > sinceMs) })
})
afterEach(() => fixture[Symbol.asyncDispose]())

describe('how busy nodes and clusters are', () => {
  test('is told beside samples of instances, to everybody who asks for them', async () => {
    const origin = await fixture.api.listen({ port: 0, host: '127.0.0.1' })
    const headers = { authorization: `Bearer ${await fixture.tokenOf('dev', ['Application_Provider'])}` }
    await using reader = await EventReader.open(`${origin}/api/events/stream?samples=true&cluster=c`, headers)
    await until('the stream has begun', () => reader.text.startsWith('retry:'))
    const load = { clusterId: 'c', nodeId: 'n', cpuPercent: 1.5, memoryPercent: 2, timeMs: fixture.clock.wallMs() + 1 }
    loads = [load, { ...load, clusterId: 'other' }]
    await fixture.clock.advance(2_000)
    await until('it came', () => reader.of('load').length > 0)
    expect(reader.of('load').map(({ data }) => data)).toEqual([load])
  })
})
