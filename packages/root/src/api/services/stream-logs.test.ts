import { connect } from 'node:net'
import { Readable } from 'node:stream'
import { OakError } from '@oakestra/base'
import { until } from '@oakestra/base/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { LogRequest } from '../../log-source.ts'
import { instances, reports } from '../../state/collections.ts'
import { type ApiFixture, createApiFixture } from '../testing/api-fixture.ts'
import { expectError, sla } from '../testing/documents.ts'

let fixture: ApiFixture
beforeEach(async () => {
  fixture = await createApiFixture()
})
afterEach(() => fixture[Symbol.asyncDispose]())

async function createService(): Promise<string> {
  return (await fixture.call('POST', '/api/application', sla('app'))).json()[0].microservices[0]
}

describe('output of an instance', () => {
  async function withLogs(open: (request: LogRequest, signal: AbortSignal) => Promise<Readable>) {
    await fixture[Symbol.asyncDispose]()
    fixture = await createApiFixture({ logs: { open } })
    const id = await createService()
    await fixture.call('POST', `/api/service/${id}/instance`)
    return { id, url: `/api/service/${id}/instance/0/logs` }
  }
  const line = (text: string) => `${JSON.stringify({ time: '2026-01-01T00:00:00Z', stream: 'stdout', line: text })}\n`

  test('is passed on line by line', async () => {
    const asked: LogRequest[] = []
    const { url } = await withLogs(async (request) => {
      asked.push(request)
      return Readable.from([line('one'), line('two')])
    })
    const answer = await fixture.call('GET', `${url}?tail=10&follow=true&since=2026-01-01T00:00:00Z`)
    expect(answer.headers['content-type']).toBe('application/x-ndjson')
    expect(answer.body).toBe(line('one') + line('two'))
    await fixture.call('GET', url)
    expect(asked).toMatchObject([{ tail: 10, follow: true, sinceMs: Date.UTC(2026, 0, 1) }, { follow: false }])
  })

  test('refuses what it cannot read', async () => {
    const { url } = await withLogs(async () => Readable.from([]))
    for (const query of ['tail=-1', 'tail=x', 'tail=999999', 'follow=maybe', 'since=yesterday', 'tail=1&tail=2']) {
      expect((await fixture.call('GET', `${url}?${query}`)).statusCode, query).toBe(400)
    }
  })

  test('that cannot be reached is an error, not an empty answer', async () => {
    const { url } = await withLogs(async () => {
      throw new OakError('unavailable', 'the node edge-07 is not connected')
    })
    expectError(await fixture.call('GET', url), 503, 'edge-07')
  })

  test('ends at its source when the reader goes, and reads no faster than the reader', async () => {
    let produced = 0
    let isClosed = false
    const chunk = line('x'.repeat(60_000))
    const { url } = await withLogs(async (_request, signal) => {
      const stream = new Readable({
        read() {
          produced += chunk.length
          this.push(chunk)
        },
      })
      signal.addEventListener('abort', () => stream.destroy())
      stream.once('close', () => (isClosed = true))
      return stream
    })
    await fixture.api.listen({ port: 0, host: '127.0.0.1' })
    const address = fixture.api.server.address()
    const port = typeof address === 'object' && address ? address.port : 0
    const socket = connect(port, '127.0.0.1')
    socket.write(`GET ${url}?follow=1 HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${await fixture.tokenOf('Admin')}\r\n\r\n`)
    socket.pause()
    await until('the stream has begun', () => produced > 0)
    let before = -1
    await until(
      'the source waits for the reader',
      () => {
        const waits = produced === before
        before = produced
        return waits
      },
      { intervalMs: 100 },
    )
    expect(produced).toBeLessThan(64 * 1024 * 1024)
    socket.destroy()
    await until('the source is closed', () => isClosed)
  })

  test('is part of the service, where it can be had in time', async () => {
    const { id } = await withLogs(async () => Readable.from([line('hello'), line('edge')]))
    const [instance] = await fixture.store.read((reader) => reader.list(instances))
    if (!instance) throw new Error('no instance')
    await fixture.store.write(async (writer) => {
      await writer.put(instances, { ...instance, clusterId: 'c' })
      await writer.put(reports, {
        instanceId: instance.id,
        clusterId: 'c',
        revision: 1,
        state: 'running',
        detail: '',
        restarts: 0,
        nodeId: 'n',
      })
    })
    expect((await fixture.call('GET', `/api/service/${id}`)).json().instance_list[0].logs).toBe('hello\nedge')
  })

  test('does not hold up the service when the node is slow', async () => {
    const { id } = await withLogs(() => new Promise(() => undefined))
    const [instance] = await fixture.store.read((reader) => reader.list(instances))
    if (!instance) throw new Error('no instance')
    await fixture.store.write(async (writer) => {
      await writer.put(instances, { ...instance, clusterId: 'c' })
      await writer.put(reports, {
        instanceId: instance.id,
        clusterId: 'c',
        revision: 1,
        state: 'running',
        detail: '',
        restarts: 0,
        nodeId: 'n',
      })
    })
    const answer = fixture.call('GET', `/api/service/${id}`)
    let isDone = false
    void answer.then(() => (isDone = true))
    await until('the patience is over', async () => {
      await fixture.clock.advance(100)
      return isDone
    })
    expect((await answer).json().instance_list[0].logs).toBe('')
  })
})
