import { until } from '@oakestra/base/testing'
import { expect, it } from 'vitest'
import type { Channel, ConnectionEnd, Listener, ListenHandlers } from '../transport.ts'
import { CHILD, endOf, heard, never, type TransportUnderTest } from './transport-under-test.ts'

export interface EndingSetup {
  connected(id?: string): Promise<{ child: Channel; parent: Channel }>
  readonly accepted: Channel[]
  listen(handlers?: Partial<ListenHandlers>): Promise<Listener>
  system(): TransportUnderTest
}

/** How connections end: on purpose, by another one of the same child, and by silence. */
export function endingContract(setup: EndingSetup): void {
  closingContract(setup)
  silenceContract(setup)
  replacementContract(setup)
}

function closingContract({ connected }: EndingSetup): void {
  it('closes after what was sent, and tells both ends why, once', async () => {
    const { child, parent } = await connected()
    const [messages, atParent, atChild] = [heard(parent), endOf(parent), endOf(child)]
    heard(child)
    for (let count = 0; count < 100; count += 1) child.send('x'.repeat(10_000))
    child.close('done here')
    expect(atChild).toEqual([])
    child.close('again')
    child.send('too late')
    await until('both know', () => atParent.length > 0 && atChild.length > 0)
    expect(messages).toHaveLength(100)
    expect(atParent).toEqual(['done here'])
    expect(atChild).toEqual(['done here'])
    const late = endOf(child)
    await until('nothing more is told', () => child.bufferedBytes === 0)
    expect(late).toEqual([])
  })

  it('tells a listener that comes after the end', async () => {
    const { child, parent } = await connected()
    heard(parent)
    child.close('early')
    const reasons = endOf(child)
    expect(reasons).toEqual([])
    await until('it is told', () => reasons.length === 1)
    await until(
      'the other end too',
      async () => (await new Promise<ConnectionEnd>((resolve) => parent.onClose(resolve))).reason === 'early',
    )
  })

  it('delivers nothing any more at the end that closed', async () => {
    const { child, parent } = await connected()
    const messages = heard(parent)
    const reasons = endOf(child)
    heard(child)
    parent.close('enough')
    child.send('one more')
    await until('the child knows', () => reasons.length > 0)
    expect(messages).toEqual([])
  })

  it('carries a long reason as far as it fits', async () => {
    const { child, parent } = await connected()
    heard(child)
    const reasons = endOf(child)
    parent.close('ü'.repeat(200))
    await until('the child knows', () => reasons.length > 0)
    expect(reasons[0]).toMatch(/^ü{60,}$/)
  })

  it('tells both ends how it ended', async () => {
    for (const how of ['closed', 'left'] as const) {
      const { child, parent } = await connected()
      const [atParent, atChild] = [wholeEnd(parent), wholeEnd(child)]
      heard(child)
      heard(parent)
      child.close('bye', how)
      expect([await atParent, await atChild]).toMatchObject([
        { how, reason: 'bye' },
        { how, reason: 'bye' },
      ])
    }
  })
}

const wholeEnd = (channel: Channel) => new Promise<ConnectionEnd>((resolve) => channel.onClose(resolve))

function silenceContract({ connected, system }: EndingSetup): void {
  it('notices at both ends when the link dies silently, and connects again once it is back', async () => {
    const { child, parent } = await connected()
    const ends = [wholeEnd(parent), wholeEnd(child)]
    heard(child)
    heard(parent)
    system().cut()
    for (const end of await Promise.all(ends)) {
      expect(end).toMatchObject({ how: 'silent', reason: expect.stringMatching(/^nothing was heard for \d+ ms$/) })
      expect(end.silentMs).toBeGreaterThanOrEqual(500)
    }
    system().restore()
    const again = await connected()
    const messages = heard(again.parent)
    again.child.send('back')
    await until('it works', () => messages.length === 1)
  })

  it('stays up for many leases while nobody says anything', async () => {
    const { child, parent } = await connected()
    heard(child)
    heard(parent)
    const ends = [...endOf(parent), ...endOf(child)]
    const since = performance.now()
    await until('three leases have passed', () => performance.now() - since > 1500)
    expect(ends).toEqual([])
    expect(Math.max(child.silentMs, parent.silentMs)).toBeLessThan(500)
    child.close('done')
  })

  it('holds while the connection rests for longer than a lease and signs beside it get through, and goes on where it was', async () => {
    const { child, parent } = await connected()
    const [messages, ends] = [heard(parent), endOf(parent)]
    heard(child)
    child.onClose(({ reason }) => void ends.push(reason))
    system().stall()
    child.send('later')
    const since = performance.now()
    await until('two leases have passed', () => performance.now() - since > 1_000)
    expect([ends, messages]).toEqual([[], []])
    system().restore()
    await until('it arrived', () => messages.length === 1)
    expect(ends).toEqual([])
  })

  it('ends when it rests for so long that a new one is worth a try', async () => {
    const { child, parent } = await connected()
    const ends = Promise.all([wholeEnd(parent), wholeEnd(child)])
    heard(child)
    heard(parent)
    system().stall()
    for (const end of await ends) {
      expect(end).toMatchObject({
        how: 'closed',
        reason: expect.stringMatching(/moved nothing for \d+ ms while the far end was alive|broke off/),
      })
    }
  })
}

function replacementContract({ connected, accepted, listen, system }: EndingSetup): void {
  it('prefers the newer connection of a child and closes the older one first', async () => {
    const order: string[] = []
    await listen({
      onChannel: (channel) => {
        const number = accepted.push(channel)
        order.push(`open ${number}`)
        channel.onMessage(() => undefined)
        channel.onClose(({ reason }) => void order.push(`close ${number}: ${reason}`))
      },
    })
    const process = system().child(CHILD)
    const first = await process.connect(never)
    heard(first)
    const atFirst = endOf(first)
    const second = await process.connect(never)
    const messages = heard(second)
    await until('the older one knows', () => atFirst.length > 0)
    expect(atFirst).toEqual(['the same child connected again'])
    await until('the newer one is there', () => accepted.length === 2)
    accepted[1]?.send('welcome')
    await until('it works', () => messages.length === 1)
    expect(order).toEqual(['open 1', 'close 1: the same child connected again', 'open 2'])
  })

  it('refuses another machine with the identity of one that is alive, and says what to do', async () => {
    const { child, parent } = await connected()
    const [messages, ends] = [heard(parent), endOf(parent)]
    heard(child)
    await expect(system().child(CHILD).connect(never)).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringMatching(/another machine uses this node's identity.*join with a new token/),
    })
    child.send('still here')
    await until('the first one goes on', () => messages.length === 1)
    expect([ends, accepted.length]).toEqual([[], 1])
  })

  it('lets another process in when the one before is silent, before it is given up', async () => {
    const { child, parent } = await connected()
    const ends = endOf(parent)
    heard(child)
    heard(parent)
    await system().strand()
    const again = await system().child(CHILD).connect(never)
    const messages = heard(again)
    await until('it is in', () => accepted.length === 2)
    accepted[1]?.send('welcome')
    await until('it works', () => messages.length === 1)
    expect(ends).toHaveLength(1)
  })
}
