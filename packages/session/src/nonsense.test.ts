import { realRandom, silentLogger } from '@oakestra/base'
import { VirtualClock } from '@oakestra/base/testing'
import { createMemoryStore } from '@oakestra/store/testing'
import { type DocumentItem, type DocumentMessage, renderSessionMessage, SESSION_PROTOCOL, type SessionMessage } from '@oakestra/wire'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createChildSession } from './child-session.ts'
import { EMPTY_DIGEST, itemHash, toggled } from './document/digest.ts'
import { INBOX_COLLECTIONS, Inbox, type InboxItem, inboxItems } from './document/inbox.ts'
import { PAIR_CHILD, SessionPair } from './testing/session-pair.ts'
import { MemoryNetwork } from './transport/testing/memory-network.ts'
import type { Channel } from './transport/transport.ts'

const item = (id: string): DocumentItem => ({ id, kind: 'instance', body: id })
const HEALTHY = [item('a'), item('b')]
const HEAD = { epoch: 'e1', generation: 7, digest: HEALTHY.map(itemHash).reduce(toggled, EMPTY_DIGEST) }
const DOCUMENT: DocumentMessage = { type: 'document', mode: 'all', head: HEAD, put: HEALTHY, remove: [], more: false }

/** Stands for the parent's own epoch, which is known only once it runs. */
const OWN = 'own epoch'

const word = fc.string({ maxLength: 8 })
const number = fc.oneof(fc.integer({ min: -2, max: 12 }), fc.constantFrom(2 ** 52, 2 ** 53, 1.5, Number.NaN))
const items = fc.array(fc.record({ id: fc.constantFrom('a', 'b', 'c', ''), kind: word, body: fc.jsonValue({ maxDepth: 2 }) }), {
  maxLength: 3,
})
const digests = fc.oneof(fc.constantFrom(HEAD.digest, EMPTY_DIGEST, itemHash(item('a')), 'zz'), word)
const heads = fc.record({ epoch: fc.constantFrom('e1', 'e2', OWN), generation: number, digest: digests })

/** Documents that are well formed and wrong, and things that are not even that. */
const documents = fc.record(
  {
    type: fc.constant('document'),
    mode: fc.constantFrom('all', 'change'),
    head: heads,
    from: number,
    put: items,
    remove: fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 3 }),
    more: fc.boolean(),
  },
  { requiredKeys: ['type', 'mode', 'head', 'put', 'remove', 'more'] },
)
const hellos = fc.record({ type: fc.constant('hello'), protocol: fc.constant(SESSION_PROTOCOL), holds: heads, facts: fc.jsonValue() })
const others = fc.oneof(
  fc.record({ type: fc.constantFrom('hello', 'ack', 'refuse', 'observed', 'facts', 'samples', 'mark', 'nonsense'), generation: number }),
  fc.record({ type: fc.constant('request'), id: number, method: word, params: fc.jsonValue({ maxDepth: 1 }), timeoutMs: number }),
  fc.record({ type: fc.constant('response'), id: number, result: fc.jsonValue({ maxDepth: 1 }) }),
  fc.record({ type: fc.constant('refuse'), reason: fc.constantFrom('stale', 'conflict', 'foreign'), holds: heads }),
  fc.record({
    type: fc.constant('observed'),
    mode: word,
    generation: number,
    put: fc.array(fc.jsonValue()),
    gone: fc.array(word),
    more: fc.boolean(),
  }),
  hellos,
)
const sayings = fc.array(fc.oneof(documents, documents, others, fc.jsonValue({ maxDepth: 2 }), fc.constant('not json')), { maxLength: 8 })

/** Says it under the right number, so that it is not dismissed for its number alone. */
function say(channel: Channel, said: readonly unknown[], from: number, epoch = OWN): void {
  said.forEach((value, index) => {
    const isObject = typeof value === 'object' && value !== null
    const text = isObject ? JSON.stringify({ n: from + index, ...value }) : String(value)
    channel.send(text.replaceAll(OWN, epoch))
  })
}

/** Time in small steps: what has no timer, as an immediate message, gets its turn too. */
async function pass(clock: VirtualClock, durationMs: number): Promise<void> {
  for (let passedMs = 0; passedMs < durationMs; passedMs += 100) await clock.advance(100)
}

/** A parent that says what it is told to each connection, and counts them. */
async function startBadParent(network: MemoryNetwork, greet: (channel: Channel, connection: number) => void) {
  let connections = 0
  const listener = await network.parent('door', 'cluster').listen({
    onChannel: (channel) => {
      connections += 1
      channel.onMessage(() => undefined)
      greet(channel, connections)
    },
  })
  return { listener, connections: () => connections }
}

function startChild(network: MemoryNetwork, clock: VirtualClock) {
  const store = createMemoryStore({ collections: INBOX_COLLECTIONS })
  const session = createChildSession({
    transport: network.child({ kind: 'cluster', id: PAIR_CHILD }, 'door'),
    inbox: new Inbox(store),
    facts: async () => ({}),
    observed: { ids: async () => [], get: async () => undefined, onChange: () => () => undefined },
    onRequest: async () => null,
    clock,
    random: realRandom,
    logger: silentLogger,
  })
  return { store, session }
}

describe('a parent that talks nonsense', () => {
  it('changes nothing at the child: only whole documents that add up do', async () => {
    await fc.assert(
      fc.asyncProperty(sayings, async (said) => {
        const clock = new VirtualClock()
        const network = new MemoryNetwork({ clock, random: realRandom })
        const { listener } = await startBadParent(network, (channel, connection) => {
          if (connection === 1) channel.send(renderSessionMessage(1, DOCUMENT))
          say(channel, said, connection === 1 ? 2 : 1)
        })
        await using _listener = listener
        const { store, session } = startChild(network, clock)
        await using _session = session
        await pass(clock, 3_000)
        const held = store.peek<InboxItem>(inboxItems)
        const head = await new Inbox(store).head()
        // Whatever it holds adds up to what it claims, and it is what it had, or a later whole document of the same parent.
        expect(held.map(({ id, kind, body }) => itemHash({ id, kind, body })).reduce(toggled, EMPTY_DIGEST)).toBe(head?.digest)
        expect(head?.epoch).toBe('e1')
        if (head?.digest === HEAD.digest) expect(held.map(({ id }) => id)).toEqual(['a', 'b'])
        else expect(head?.generation).toBeGreaterThan(HEAD.generation)
      }),
      { numRuns: 100 },
    )
  })

  it('is left alone for longer and longer', async () => {
    const clock = new VirtualClock()
    const network = new MemoryNetwork({ clock, random: realRandom })
    const bad = await startBadParent(network, (channel) => channel.send('nonsense'))
    await using _listener = bad.listener
    const { session } = startChild(network, clock)
    await using _session = session
    await pass(clock, 600_000)
    expect(bad.connections()).toBeGreaterThan(40)
    expect(bad.connections()).toBeLessThan(140)
  })
})

describe('a child that talks nonsense', () => {
  it('changes nothing of what it shall have, and its parent goes on', async () => {
    await fc.assert(
      fc.asyncProperty(sayings, fc.constantFrom('hello', 'nothing', 'a claim'), hellos, async (said, first, claim) => {
        const clock = new VirtualClock()
        const network = new MemoryNetwork({ clock, random: realRandom })
        const pair = await SessionPair.start({ network, clock, random: realRandom })
        await using _pair = pair
        await pair.put('a')
        await pass(clock, 500)
        await pair.stopChild()
        const channel = await network.child({ kind: 'cluster', id: PAIR_CHILD }, 'door').connect(new AbortController().signal)
        channel.onMessage(() => undefined)
        const { epoch } = await pair.parentStore.read((reader) => pair.outbox.head(reader, PAIR_CHILD))
        const hello: SessionMessage = { type: 'hello', protocol: SESSION_PROTOCOL, facts: {} }
        if (first === 'hello') channel.send(renderSessionMessage(1, hello))
        if (first === 'a claim') say(channel, [claim], 1, epoch)
        say(channel, said, first === 'nothing' ? 1 : 2, epoch)
        await pass(clock, 1_000)
        channel.close('done')
        pair.startChild()
        await pass(clock, 15_000)
        expect([pair.held(), pair.wanted()]).toEqual(['a=a', 'a=a'])
        const { generation } = await pair.parentStore.read((reader) => pair.outbox.head(reader, PAIR_CHILD))
        expect(generation).toBeLessThan(100)
      }),
      { numRuns: 50 },
    )
  })
})
