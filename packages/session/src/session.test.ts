import { generateKeyPairSync, X509Certificate } from 'node:crypto'
import { realClock, realRandom, silentLogger } from '@oakestra/base'
import { seededIds, until } from '@oakestra/base/testing'
import { makeSigningRequest } from '@oakestra/pki'
import { memoryAuthority } from '@oakestra/pki/testing'
import { openSqliteStore, type Store } from '@oakestra/store'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type ChildSession, createChildSession } from './child-session.ts'
import { INBOX_COLLECTIONS, Inbox, inboxItems } from './document/inbox.ts'
import { OUTBOX_COLLECTIONS, Outbox, outboxEntries } from './document/outbox.ts'
import type { ObservedReport } from './parent-options.ts'
import { createParentSessions, type ParentSessions } from './parent-sessions.ts'
import type { Renewable } from './renewal.ts'
import { MemoryNetwork } from './transport/testing/memory-network.ts'

const CHILD = 'c'.repeat(24)

/** A child that sees exactly what it was given, one item after the other. */
class Echo {
  readonly seen = new Map<string, { id: string }>()
  readonly #listeners = new Set<(id: string) => void>()
  ids = async () => [...this.seen.keys()]
  get = async (id: string) => this.seen.get(id)
  onChange(listener: (id: string) => void) {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }
  set(id: string, present: boolean) {
    if (present) this.seen.set(id, { id })
    else this.seen.delete(id)
    for (const listener of this.#listeners) listener(id)
  }
}

let network: MemoryNetwork
let parentStore: Store
let childStore: Store
let outbox: Outbox
let parent: ParentSessions
let child: ChildSession
let echo: Echo
let reports: ObservedReport[]
let connections: number
let renewable: Renewable | undefined

async function startParent(): Promise<void> {
  outbox = await Outbox.open(parentStore, seededIds())
  parent = await createParentSessions({
    transport: network.parent('door', 'cluster'),
    store: parentStore,
    outbox,
    authority: await memoryAuthority(),
    admission: { enlist: async () => CHILD, isWelcome: async () => true },
    handlers: {
      onConnected: async () => void (connections += 1),
      onDisconnected: () => undefined,
      onFacts: async () => undefined,
      onObserved: async (_writer, _childId, report) => void reports.push(report),
      onSamples: () => undefined,
      onRequest: async (_childId, method, params) => (method === 'much' ? 'x'.repeat(5_000_000) : { method, params }),
    },
    clock: realClock,
    logger: silentLogger,
  })
}

function startChild(): void {
  child = createChildSession({
    transport: network.child({ kind: 'cluster', id: CHILD }, 'door'),
    inbox: new Inbox(childStore),
    facts: async () => ({ name: 'c' }),
    observed: echo,
    ...(renewable && { renewable }),
    onRequest: async (method) => {
      if (method === 'slow') return new Promise(() => undefined)
      throw new Error('no such question')
    },
    clock: realClock,
    random: realRandom,
    logger: silentLogger,
  })
}

beforeEach(async () => {
  network = new MemoryNetwork({ clock: realClock, random: realRandom, timing: { pingMs: 20, leaseMs: 100 } })
  parentStore = await openSqliteStore({ file: ':memory:', collections: OUTBOX_COLLECTIONS })
  childStore = await openSqliteStore({ file: ':memory:', collections: INBOX_COLLECTIONS })
  echo = new Echo()
  reports = []
  connections = 0
  renewable = undefined
  await startParent()
  startChild()
})
afterEach(async () => {
  await child[Symbol.asyncDispose]()
  await parent[Symbol.asyncDispose]()
  await childStore[Symbol.asyncDispose]()
  await parentStore[Symbol.asyncDispose]()
})

const put = (id: string, body: unknown = id) => parentStore.write((writer) => outbox.put(writer, CHILD, { id, kind: 'instance', body }))
const remove = (id: string) => parentStore.write((writer) => outbox.remove(writer, CHILD, id))
const held = async () => (await childStore.read((reader) => reader.list(inboxItems))).map(({ id }) => id).join()
const connected = () => until('the child is connected', () => parent.connected().has(CHILD))

/** What the parent knows by all reports so far: on a busy machine a connection may have been made anew in between. */
function told(): ReadonlySet<string> {
  const known = new Set<string>()
  for (const { mode, put, gone } of reports) {
    if (mode === 'all') known.clear()
    for (const item of put) known.add((item as { readonly id: string }).id)
    for (const id of gone) known.delete(id)
  }
  return known
}

describe('a session', () => {
  it('hands down changes as they are decided', async () => {
    await put('a')
    await until('a is there', async () => (await held()) === 'a')
    await put('b')
    await remove('a')
    await until('only b is there', async () => (await held()) === 'b')
  })

  it('catches up on what was decided while the link was cut', async () => {
    await put('a')
    await until('a is there', async () => (await held()) === 'a')
    network.cut(CHILD)
    await until('the parent notices', () => !parent.connected().has(CHILD))
    await put('b')
    await remove('a')
    network.restore(CHILD)
    await until('only b is there', async () => (await held()) === 'b')
  })

  it('ends up with the same document whenever the connection breaks', async () => {
    network.setBreakProbability(0.2)
    for (let index = 0; index < 60; index += 1) {
      await put(`i${index}`)
      if (index % 3 === 0) await remove(`i${index - 3}`)
    }
    network.setBreakProbability(0)
    const wanted = async () => (await parentStore.read((reader) => outbox.since(reader, CHILD))).map(({ item }) => item.id).join()
    await until('both hold the same', async () => (await held()) === (await wanted()), { timeoutMs: 20_000 })
  })

  it('survives a parent that restarts and a child that restarts', async () => {
    await put('a')
    await until('a is there', async () => (await held()) === 'a')
    await parent[Symbol.asyncDispose]()
    await startParent()
    await put('b')
    await until('both are there', async () => (await held()) === 'a,b')
    await child[Symbol.asyncDispose]()
    await put('c')
    startChild()
    await until('all are there', async () => (await held()) === 'a,b,c')
  })

  it('tells everything that is seen at connect, then what changed', async () => {
    await connected()
    await until('the first report', () => reports[0]?.mode === 'all')
    echo.set('x', true)
    await until('x is told', () => told().has('x'))
    echo.set('x', false)
    await until('x is told gone', () => !told().has('x'))
  })

  it('says hello first, whatever is to be said as soon as there is a connection', async () => {
    await child[Symbol.asyncDispose]()
    const answers: Promise<unknown>[] = []
    const eager = createChildSession({
      transport: network.child({ kind: 'cluster', id: CHILD }, 'door'),
      inbox: new Inbox(childStore),
      facts: async () => {
        if (answers.length === 0) {
          answers.push(eager.request('early', 1, 5_000))
          eager.sendSamples({ cpuPercent: 1 })
          eager.factsChanged()
        }
        return { name: 'c' }
      },
      observed: echo,
      onRequest: async () => undefined,
      clock: realClock,
      random: realRandom,
      logger: silentLogger,
    })
    child = eager
    await until('it was greeted', () => answers.length > 0)
    expect(await answers[0]).toEqual({ method: 'early', params: 1 })
  })

  it('forgets a removed item only after the child has looked without it', async () => {
    await put('a')
    await until('a is there', async () => (await held()) === 'a')
    await remove('a')
    await until('its mark is gone', async () => (await parentStore.read((reader) => reader.count(outboxEntries))) === 0)
    expect(reports.at(-1)?.generation).toBe(2)
  })

  it('answers questions both ways, and says what went wrong with one', async () => {
    await connected()
    await until('the child can ask', () => child.connected)
    await expect(child.request('ping', { n: 1 }, 1000)).resolves.toEqual({ method: 'ping', params: { n: 1 } })
    await expect(parent.request(CHILD, 'nonsense', {}, 1000)).rejects.toThrow('no such question')
    await expect(parent.request(CHILD, 'slow', {}, 50)).rejects.toThrow('took longer than 50 ms')
    await expect(parent.request('d'.repeat(24), 'ping', {}, 50)).rejects.toThrow('not connected')
  })

  it('refuses an answer that is too large, and goes on', async () => {
    await connected()
    await until('the child can ask', () => child.connected)
    await expect(child.request('ping', 'x'.repeat(3_000_000), 1000)).resolves.toBeDefined()
    await expect(child.request('much', {}, 1000)).rejects.toMatchObject({ code: 'limit-exceeded' })
    await expect(child.request('ping', 1, 1000)).resolves.toEqual({ method: 'ping', params: 1 })
  })

  it('renews the certificate of a child before it runs out', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
    const keyPem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    let kept = ''
    renewable = { isDue: () => kept === '', csrPem: () => makeSigningRequest(keyPem, 'cluster'), keep: async (pem) => void (kept = pem) }
    await child[Symbol.asyncDispose]()
    startChild()
    await until('there is a new certificate', () => kept)
    expect(new X509Certificate(kept).subject).toContain(CHILD)
  })

  it('ends open questions when the connection does', async () => {
    await connected()
    const asked = parent.request(CHILD, 'slow', {}, 60_000)
    network.breakOff(CHILD)
    await expect(asked).rejects.toThrow('the connection ended')
  })
})
