import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type MetricFamily, OakError, realClock, silentLogger } from '@oakestra/base'
import { until } from '@oakestra/base/testing'
import { createMemoryStore } from '@oakestra/store/testing'
import Fastify from 'fastify'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DEFAULT_RULES } from '../alerts/default-rules.ts'
import { LogArchive } from '../logs/log-archive.ts'
import { LogFeed } from '../logs/log-feed.ts'
import { OBSERVATORY_COLLECTIONS, Observatory } from '../observatory.ts'
import { addInfrastructureRoutes } from './infrastructure-routes.ts'

const FAMILY: MetricFamily = { name: 'oak_node_up', help: 'Up.', kind: 'gauge', samples: [{ labels: { node: 'n1' }, value: 1 }] }
const checkScraper = (authorization: string | undefined) => {
  if (authorization !== 'Bearer scraper') throw new OakError('unauthenticated', 'who are you?')
}
const line = (level: string, msg: string) => `${JSON.stringify({ level, time: new Date().toISOString(), role: 'root', msg })}\n`

describe('the infrastructure API', () => {
  let dir: string
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'oak-infra-'))
  })
  afterEach(() => rmSync(dir, { recursive: true }))

  async function served() {
    const store = createMemoryStore({ collections: OBSERVATORY_COLLECTIONS })
    const options = { store, sources: [async () => [FAMILY]], rules: DEFAULT_RULES, receivers: [], clock: realClock, logger: silentLogger }
    const observatory = await Observatory.open(options)
    const feed = new LogFeed()
    const archive = new LogArchive(() => [join(dir, 'root.log')])
    const app = Fastify({ forceCloseConnections: true })
    const infrastructure = { observatory, archive, feed, status: async () => ({ version: 'test' }), clock: realClock }
    addInfrastructureRoutes(app, infrastructure, { checkScraper })
    await app.listen({ host: '127.0.0.1', port: 0 })
    const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
    const get = async (path: string) => (await app.inject({ url: `/api/infrastructure${path}` })).json()
    return {
      app,
      feed,
      url,
      get,
      async [Symbol.asyncDispose]() {
        await app.close()
        await observatory[Symbol.asyncDispose]()
      },
    }
  }

  it('gives numbers to scrapers and to pages, now and over time', async () => {
    await using served_ = await served()
    expect((await served_.app.inject({ url: '/metrics' })).body).not.toContain('oak_node_up')
    const scraped = await served_.app.inject({ url: '/metrics', headers: { authorization: 'Bearer scraper' } })
    expect(scraped.body).toContain('oak_node_up{node="n1"} 1\n')
    await until('a number is kept', async () => (await served_.get('/metrics/range?name=oak_node_up&label.node=n1')).length === 1)
    expect(await served_.get('/metrics/range?name=oak_node_up&label.node=n2')).toEqual([])
    expect((await served_.get('/metrics')).kept).toMatchObject([{ name: 'oak_node_up' }])
  })

  it('gives logs by level, and says what is wrong with a question', async () => {
    writeFileSync(join(dir, 'root.log'), line('info', 'one') + line('error', 'two'))
    await using served_ = await served()
    expect((await served_.get('/logs?level=error')).lines).toMatchObject([{ message: 'two' }])
    const answer = await served_.app.inject({ url: '/api/infrastructure/logs?level=loud&limit=0' })
    expect(answer.body).toContain('level.0: expected one or more of error, warn, info, debug')
    expect(answer.body).toContain('limit')
  })

  it('streams lines as they are written, numbers and alerts, and ends with the server', async () => {
    await using served_ = await served()
    const read = async (path: string, wanted: string, then: () => void = () => undefined) => {
      const answer = await fetch(`${served_.url}/api/infrastructure${path}`)
      let text = ''
      then()
      for await (const piece of answer.body ?? []) {
        text += Buffer.from(piece).toString()
        if (text.includes(wanted)) break
      }
      return text
    }
    expect(await read('/stream', 'event: alerts')).toContain('event: metrics')
    expect(await read('/logs/stream?level=error', '"loud"', () => served_.feed.take(line('error', 'loud')))).toContain('event: line')
  })
})
