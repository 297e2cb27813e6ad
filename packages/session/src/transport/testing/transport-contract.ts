import { LIMITS, OakError } from '@oakestra/base'
import { until } from '@oakestra/base/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Channel, JoinRequest, Listener, ListenHandlers } from '../transport.ts'
import { endingContract } from './ending-contract.ts'
import { streamContract } from './stream-contract.ts'
import { CHILD, type DoorSetup, endOf, heard, never, OTHER, type TransportUnderTest } from './transport-under-test.ts'

/** What every transport must do. `start` gives links that are given up within a second of silence. */
export function transportContract(name: string, start: () => Promise<TransportUnderTest>): void {
  describe(`${name} as a transport`, () => {
    let system: TransportUnderTest
    let listener: Listener | undefined
    const accepted: Channel[] = []

    beforeEach(async () => {
      system = await start()
      accepted.length = 0
    })

    afterEach(async () => {
      system.restore()
      await listener?.[Symbol.asyncDispose]()
      listener = undefined
      await system[Symbol.asyncDispose]()
    })

    async function listen(handlers: Partial<ListenHandlers> = {}): Promise<Listener> {
      listener = await system.parent.listen({ onChannel: (channel) => void accepted.push(channel), ...handlers })
      return listener
    }

    /** A channel with both of its ends. */
    async function connected(id = CHILD) {
      if (!listener) await listen()
      const count = accepted.length
      const child = await system.child(id).connect(never)
      await until('the parent sees the child', () => accepted.length > count)
      const parent = accepted[count]
      if (!parent) throw new Error('no channel')
      return { child, parent }
    }

    channelContract(connected)
    endingContract({ connected, accepted, listen, system: () => system })
    doorContract({ listen, accepted, system: () => system })
    joinContract({ listen, system: () => system })
    streamContract({ listen, system: () => system })
  })
}

type Connected = (id?: string) => Promise<{ child: Channel; parent: Channel }>

function channelContract(connected: Connected): void {
  it('proves each end to the other', async () => {
    const { child, parent } = await connected()
    expect(parent.peer).toMatchObject({ kind: 'node', id: CHILD })
    expect(child.peer).toMatchObject({ kind: 'cluster', id: '' })
  })

  it('carries messages both ways, whole and in order', async () => {
    const { child, parent } = await connected()
    const [atChild, atParent] = [heard(child), heard(parent)]
    const texts = ['', 'ü€😀', 'x'.repeat(300_000), ...Array.from({ length: 500 }, (_, index) => `message ${index}`)]
    for (const text of texts) {
      child.send(text)
      parent.send(text)
    }
    await until('all has arrived', () => atChild.length === texts.length && atParent.length === texts.length)
    expect(atChild).toEqual(texts)
    expect(atParent).toEqual(texts)
    await until('nothing waits', () => child.bufferedBytes === 0 && parent.bufferedBytes === 0)
  })

  it('misses nothing that was sent before anybody listened', async () => {
    const { child, parent } = await connected()
    parent.send('first')
    child.send('hello')
    parent.send('second')
    const echo = heard(parent)
    await until('the other direction works', () => echo.length === 1)
    const messages = heard(child)
    await until('both have arrived', () => messages.length === 2)
    expect(messages).toEqual(['first', 'second'])
  })

  it('carries the largest message there may be, refuses a larger one and goes on', async () => {
    const { child, parent } = await connected()
    const messages = heard(parent)
    expect(() => child.send('x'.repeat(LIMITS.sessionMessageBytes + 1))).toThrow(OakError)
    expect(() => child.send('ü'.repeat(LIMITS.sessionMessageBytes / 2 + 1))).toThrow(OakError)
    child.send('x'.repeat(LIMITS.sessionMessageBytes))
    await until('it has arrived', () => messages.length === 1)
    expect(messages[0]).toHaveLength(LIMITS.sessionMessageBytes)
  })

  it('gives up a far end that reads too slowly', async () => {
    const { child, parent } = await connected()
    const reasons = endOf(parent)
    const text = 'x'.repeat(LIMITS.sessionMessageBytes)
    // Nobody listens at the child; what the kernel takes does not count as waiting.
    for (let sent = 0; sent < 2 * LIMITS.sessionBufferedBytes && reasons.length === 0; sent += text.length) parent.send(text)
    await until('it is given up', () => reasons.length > 0)
    expect(reasons).toEqual(['the far end reads too slowly'])
    const atChild = endOf(child)
    heard(child)
    await until('the far end hears', () => atChild.length > 0)
  })
}

function doorContract({ listen, accepted, system }: DoorSetup & { accepted: Channel[] }): void {
  it('refuses a child that is not welcome any more', async () => {
    await listen({ accepts: async (peer) => peer.id !== CHILD })
    await expect(system().child(CHILD).connect(never)).rejects.toMatchObject({ code: 'forbidden' })
    await expect(system().child(CHILD).openStream('0'.repeat(32), never)).rejects.toMatchObject({ code: 'forbidden' })
    await system().child(OTHER).connect(never)
    await until('the other is in', () => accepted.length === 1)
  })

  it('says when nobody listens', async () => {
    await expect(system().child(CHILD).connect(never)).rejects.toMatchObject({ code: 'unavailable', retryable: true })
  })

  it('can be called off', async () => {
    await listen()
    const stop = new AbortController()
    const attempt = system().child(CHILD).connect(stop.signal)
    stop.abort()
    await expect(attempt).rejects.toMatchObject({ code: 'aborted' })
    await expect(system().child(CHILD).connect(stop.signal)).rejects.toMatchObject({ code: 'aborted' })
  })

  it('ends every channel when the parent stops, and can listen again', async () => {
    const listener = await listen()
    const child = await system().child(CHILD).connect(never)
    heard(child)
    const reasons = endOf(child)
    await until('it is open', () => accepted.length === 1)
    await listener[Symbol.asyncDispose]()
    await listener[Symbol.asyncDispose]()
    await until('the child knows', () => reasons.length === 1)
    expect(reasons).toEqual(['the parent is stopping'])
    await expect(system().child(CHILD).connect(never)).rejects.toMatchObject({ code: 'unavailable' })
    await listen()
    await system().child(CHILD).connect(never)
  })
}

const REQUEST: JoinRequest = { tokenId: CHILD, secret: 's', kind: 'node', name: 'n1', csrPem: 'csr' }

function joinContract({ listen, system }: DoorSetup): void {
  it('lets a stranger in when the parent does', async () => {
    const requests: JoinRequest[] = []
    await listen({
      admit: async (request) => {
        requests.push(request)
        return { id: OTHER, certificatePem: 'certificate', caPem: 'ca' }
      },
    })
    expect(await system().join().join(REQUEST, never)).toMatchObject({ id: OTHER, certificatePem: 'certificate' })
    expect(requests).toEqual([REQUEST])
  })

  it('passes the refusal on, and nothing of what went wrong inside', async () => {
    let failure: Error = new OakError('forbidden', 'the join token has expired')
    await listen({ admit: () => Promise.reject(failure) })
    await expect(system().join().join(REQUEST, never)).rejects.toMatchObject({
      code: 'forbidden',
      message: expect.stringContaining('has expired'),
    })
    failure = new Error('SECRET of the database')
    await expect(system().join().join(REQUEST, never)).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.not.stringContaining('SECRET'),
    })
  })

  it('lets nobody in where nobody can join', async () => {
    await listen()
    await expect(system().join().join(REQUEST, never)).rejects.toMatchObject({ code: 'not-found' })
  })

  it('refuses a child of another kind', async () => {
    await listen({ admit: async () => ({ id: OTHER, certificatePem: 'x', caPem: 'x' }) })
    await expect(
      system()
        .join()
        .join({ ...REQUEST, kind: 'cluster' }, never),
    ).rejects.toMatchObject({ code: 'bad-request' })
  })
}
