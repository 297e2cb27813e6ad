import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { MetricFamily } from '@oakestra/base'
import { silentLogger } from '@oakestra/base'
import { VirtualClock } from '@oakestra/base/testing'
import { createMemoryStore } from '@oakestra/store/testing'
import { describe, expect, it } from 'vitest'
import { type Alert, alerts } from './alert.ts'
import { AlertBook } from './alert-book.ts'
import { createWebhook, Delivery } from './deliver.ts'
import type { AlertRule } from './rule.ts'

const RULE: AlertRule = {
  name: 'NodeAway',
  severity: 'critical',
  metric: 'oak_node_up',
  is: '==',
  threshold: 0,
  forMs: 4_000,
  summary: 'Node {{node}} is away',
  impact: 'i',
  action: 'a',
}
const ERRORS: AlertRule = {
  ...RULE,
  name: 'Errors',
  severity: 'warning',
  metric: 'oak_log_lines_total',
  growthWithinMs: 60_000,
  by: ['role'],
  is: '>',
  threshold: 1,
  forMs: 0,
}

const nodes = (up: Record<string, number>): MetricFamily[] => [
  { name: 'oak_node_up', help: 'Up.', kind: 'gauge', samples: Object.entries(up).map(([node, value]) => ({ labels: { node }, value })) },
]
const lines = (value: number): MetricFamily[] => [
  {
    name: 'oak_log_lines_total',
    help: 'Lines.',
    kind: 'counter',
    samples: ['a', 'b'].map((file) => ({ labels: { role: 'root', file }, value })),
  },
]

async function opened(rules: readonly AlertRule[] = [RULE, ERRORS]) {
  const clock = new VirtualClock()
  const store = createMemoryStore({ collections: [alerts] })
  const book = await AlertBook.open(store, clock, rules)
  const look = async (families: MetricFamily[], afterMs = 2_000) => {
    await clock.advance(afterMs)
    return (await book.look(families)).map(({ state, summary }) => `${state}: ${summary}`)
  }
  return { clock, store, book, look }
}

describe('an alert', () => {
  it('fires when it has held for long enough, once, and is over by itself', async () => {
    const { book, look } = await opened()
    expect(await look(nodes({ n1: 1, n2: 1 }))).toEqual([])
    expect(await look(nodes({ n1: 0, n2: 1 }))).toEqual([])
    expect(book.current().map(({ state }) => state)).toEqual(['pending'])
    expect(await look(nodes({ n1: 0, n2: 1 }))).toEqual([])
    expect(await look(nodes({ n1: 0, n2: 1 }))).toEqual(['firing: Node n1 is away'])
    expect(await look(nodes({ n1: 0, n2: 1 }))).toEqual([])
    expect(await look(nodes({ n1: 1, n2: 1 }))).toEqual(['resolved: Node n1 is away'])
    expect([book.current(), (await book.past()).map(({ rule }) => rule)]).toEqual([[], ['NodeAway']])
  })

  it('is not told of what came and went', async () => {
    const { book, look } = await opened()
    await look(nodes({ n1: 0 }))
    expect(await look(nodes({ n1: 1 }))).toEqual([])
    expect([book.current(), await book.past()]).toEqual([[], []])
  })

  it('is over when what it was about is gone', async () => {
    const { look } = await opened()
    await look(nodes({ n1: 0 }))
    await look(nodes({ n1: 0 }), 5_000)
    expect(await look(nodes({}))).toEqual(['resolved: Node n1 is away'])
  })

  it('neither begins nor ends by a number that is not known', async () => {
    const { book, look } = await opened()
    await look(nodes({ n1: 0 }))
    expect(await look(nodes({ n1: 0 }), 5_000)).toEqual(['firing: Node n1 is away'])
    expect(await look(nodes({ n1: Number.NaN, n2: Number.NaN }), 60_000)).toEqual([])
    expect(book.current()).toMatchObject([{ state: 'firing', labels: { node: 'n1' } }])
    expect(await look(nodes({ n1: 1, n2: 1 }))).toEqual(['resolved: Node n1 is away'])
  })

  it('counts growth, also over a restart of what is counted', async () => {
    const { look } = await opened()
    expect(await look(lines(10))).toEqual([])
    expect(await look(lines(11))).toEqual(['firing: Node ? is away'])
    expect(await look(lines(11), 61_000)).toEqual(['resolved: Node ? is away'])
    expect(await look(lines(2))).toEqual(['firing: Node ? is away'])
  })

  it('goes on firing after a restart, and is over when its rule is taken away', async () => {
    const { clock, store, look } = await opened()
    await look(nodes({ n1: 0 }))
    await look(nodes({ n1: 0 }), 5_000)
    const restarted = await AlertBook.open(store, clock, [RULE])
    expect(await restarted.look(nodes({ n1: 0 }))).toEqual([])
    expect(restarted.current().map(({ state }) => state)).toEqual(['firing'])
    const without = await AlertBook.open(store, clock, [])
    expect((await without.look(nodes({ n1: 0 }))).map(({ state }) => state)).toEqual(['resolved'])
  })
})

describe('a receiver', () => {
  async function webhook(answers: number[]) {
    const heard: { status: string; alerts: { status: string; labels: Record<string, string> }[] }[] = []
    const server = createServer((request, answer) => {
      let body = ''
      request.on('data', (part: Buffer) => {
        body += part.toString()
      })
      request.on('end', () => {
        const status = answers.shift() ?? 200
        if (status === 200) heard.push(JSON.parse(body))
        answer.writeHead(status).end()
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, heard, [Symbol.dispose]: () => server.close() }
  }

  it('is told when it fires and when it is over, each once, and again when it could not be told', async () => {
    using hook = await webhook([503])
    const { clock, book, look } = await opened()
    const delivery = new Delivery({ book, receivers: [createWebhook({ url: hook.url })], clock, logger: silentLogger })
    await look(nodes({ n1: 0 }))
    await look(nodes({ n1: 0 }), 5_000)
    await delivery.run()
    expect(hook.heard).toEqual([])
    await clock.advance(30_000)
    await delivery.run()
    await delivery.run()
    expect(hook.heard).toMatchObject([
      { status: 'firing', alerts: [{ labels: { alertname: 'NodeAway', node: 'n1', severity: 'critical' } }] },
    ])
    await look(nodes({ n1: 1 }))
    await delivery.run()
    expect(hook.heard.map(({ status }) => status)).toEqual(['firing', 'resolved'])
  })

  it('is not told of what was over before it could be told', async () => {
    using hook = await webhook([])
    const { clock, book, look } = await opened()
    await look(nodes({ n1: 0 }))
    await look(nodes({ n1: 0 }), 5_000)
    await look(nodes({ n1: 1 }))
    await new Delivery({ book, receivers: [createWebhook({ url: hook.url })], clock, logger: silentLogger }).run()
    expect(hook.heard).toEqual([])
  })

  it('that cannot be reached keeps no other from being told', async () => {
    using hook = await webhook([])
    const { clock, book, look } = await opened()
    await look(nodes({ n1: 0 }))
    await look(nodes({ n1: 0 }), 5_000)
    const receivers = [createWebhook({ url: 'http://127.0.0.1:1/' }), createWebhook({ url: hook.url })]
    await new Delivery({ book, receivers, clock, logger: silentLogger }).run()
    expect(hook.heard).toHaveLength(1)
  })
})

describe('what is kept of alerts', () => {
  it('says who was told, so that a restart tells nobody twice', async () => {
    const { store, clock, book, look } = await opened()
    await look(nodes({ n1: 0 }))
    await look(nodes({ n1: 0 }), 5_000)
    await book.told('x', book.current())
    const restarted = await AlertBook.open(store, clock, [RULE])
    const untold: readonly Alert[] = await restarted.untold('x')
    expect([untold.length, (await restarted.untold('y')).length]).toEqual([0, 1])
  })
})
