import { createSocket } from 'node:dgram'
import { realClock, silentLogger } from '@oakestra/base'
import { recordingLogger, until, VirtualClock } from '@oakestra/base/testing'
import { describe, expect, it } from 'vitest'
import { ChildDatagrams } from './child-datagrams.ts'
import { DATAGRAM_BYTES, type LinkSecret, linkIdOf, openDatagram, sealDatagram } from './datagram.ts'
import { DatagramDoor } from './datagram-door.ts'
import { type DatagramAddress, DatagramLink } from './datagram-link.ts'
import { makeLinkSecret, parseLinkSecret, renderLinkSecret } from './link-secret.ts'

const secret: LinkSecret = makeLinkSecret()
const AT_PARENT = { address: '192.0.2.1', port: 10_101 }
const AT_CHILD = { address: '192.0.2.2', port: 4_000 }

describe('a datagram', () => {
  it('proves who sent it, over which link, and which one it is', () => {
    const bytes = sealDatagram(secret, 'child', { kind: 'ask', counter: 2 ** 40 })
    expect([bytes.length, linkIdOf(bytes)]).toEqual([DATAGRAM_BYTES, secret.linkId])
    expect(openDatagram(secret, 'child', bytes)).toEqual({ kind: 'ask', counter: 2 ** 40 })
  })

  it('is nothing when a bit of it was changed, when it comes from the wrong end, or with another key', () => {
    const bytes = sealDatagram(secret, 'child', { kind: 'ask', counter: 1 })
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const changed = Buffer.from(bytes)
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      expect(openDatagram(secret, 'child', changed)).toBeUndefined()
    }
    expect(openDatagram(secret, 'parent', bytes)).toBeUndefined()
    expect(openDatagram({ ...secret, key: makeLinkSecret().key }, 'child', bytes)).toBeUndefined()
  })

  it('of another length or version names no link', () => {
    const bytes = sealDatagram(secret, 'child', { kind: 'ask', counter: 1 })
    expect([bytes.subarray(1), Buffer.concat([bytes, bytes]), Buffer.alloc(DATAGRAM_BYTES), Buffer.alloc(0)].map(linkIdOf)).toEqual(
      Array.from({ length: 4 }),
    )
  })

  it('has a secret that survives its header', () => {
    expect(parseLinkSecret(renderLinkSecret(secret))).toEqual(secret)
    expect([undefined, '', 'x', [renderLinkSecret(secret), 'x']].map((text) => parseLinkSecret(text))).toEqual(Array.from({ length: 4 }))
  })
})

/** Both ends of a link, with what each sent; nothing arrives by itself. */
function ends() {
  const clock = new VirtualClock()
  const sent = { parent: [] as { bytes: Buffer; to: DatagramAddress }[], child: [] as { bytes: Buffer; to: DatagramAddress }[] }
  const parent = new DatagramLink({ secret, end: 'parent', clock, send: (bytes, to) => void sent.parent.push({ bytes, to }) })
  const child = new DatagramLink({ secret, end: 'child', clock, send: (bytes, to) => void sent.child.push({ bytes, to }) }, AT_PARENT)
  return { clock, sent, parent, child }
}

describe('the two ends of a link', () => {
  it('ask and answer, once the parent knows where its child is', () => {
    const { sent, parent, child } = ends()
    parent.askOnce()
    expect(sent.parent).toEqual([])
    child.askOnce()
    const [beat] = sent.child
    if (beat) parent.take(beat.bytes, AT_CHILD)
    expect([parent.signsHeard, parent.answersHeard, sent.parent.at(-1)?.to]).toEqual([1, 0, AT_CHILD])
    const [answer] = sent.parent
    if (answer) child.take(answer.bytes, AT_PARENT)
    expect([child.signsHeard, child.answersHeard, sent.child.length]).toEqual([1, 1, 1])
  })

  it('believe nothing twice, and nothing older than the newest', () => {
    const { sent, parent, child } = ends()
    child.askOnce()
    child.askOnce()
    const [first, second] = sent.child
    if (!first || !second) throw new Error('nothing sent')
    for (const { bytes } of [second, second, first]) parent.take(bytes, AT_CHILD)
    expect([parent.signsHeard, sent.parent.length]).toEqual([1, 1])
  })

  it('follow a child that moved, and no stranger', () => {
    const { sent, parent, child } = ends()
    const moved = { address: '192.0.2.3', port: 5_000 }
    child.askOnce()
    child.askOnce()
    const [first, second] = sent.child
    if (!first || !second) throw new Error('nothing sent')
    parent.take(first.bytes, AT_CHILD)
    parent.take(sealDatagram({ ...secret, key: makeLinkSecret().key }, 'child', { kind: 'ask', counter: 9 }), moved)
    expect(sent.parent.map(({ to }) => to)).toEqual([AT_CHILD])
    parent.take(second.bytes, moved)
    expect(sent.parent.map(({ to }) => to)).toEqual([AT_CHILD, moved])
  })

  it('look at no more than so many in a second', async () => {
    const { clock, sent, parent, child } = ends()
    for (let count = 0; count < 60; count += 1) parent.take(Buffer.alloc(DATAGRAM_BYTES), AT_CHILD)
    child.askOnce()
    child.askOnce()
    const [first, second] = sent.child
    if (!first || !second) throw new Error('nothing sent')
    parent.take(first.bytes, AT_CHILD)
    expect(parent.signsHeard).toBe(0)
    await clock.advance(1_000)
    parent.take(second.bytes, AT_CHILD)
    expect(parent.signsHeard).toBe(1)
  })
})

describe('the port for datagrams', () => {
  async function open() {
    const probe = createSocket('udp4')
    await new Promise<void>((resolve) => probe.bind(0, '127.0.0.1', resolve))
    const { port } = probe.address()
    const logger = recordingLogger()
    const options = { address: '127.0.0.1', port, clock: realClock, logger }
    return { probe, port, options, lines: logger.lines }
  }

  it('does without when it is taken, and says so once', async () => {
    const { probe, options, lines } = await open()
    expect(await DatagramDoor.open(options)).toBeUndefined()
    expect(lines.map(({ level, message }) => [level, message])).toEqual([['warn', expect.stringContaining('no port for datagrams')]])
    probe.close()
  })

  it('hears the child that was offered a link, and nobody after it was withdrawn', async () => {
    const { probe, port, options } = await open()
    await new Promise<void>((resolve) => probe.close(resolve))
    const door = await DatagramDoor.open({ ...options, logger: silentLogger })
    if (!door) throw new Error('no door')
    const offer = door.offer()
    const known = parseLinkSecret(offer.header)
    if (!known) throw new Error('no secret')
    const child = new ChildDatagrams({ secret: known, parent: { address: '127.0.0.1', port }, clock: realClock })
    await until('both have heard', () => offer.link.signsHeard > 0 && child.answersHeard > 0)
    door.withdraw(offer)
    const before = offer.link.signsHeard
    child.ask()
    const other = door.offer()
    const otherSecret = parseLinkSecret(other.header)
    if (!otherSecret) throw new Error('no secret')
    const second = new ChildDatagrams({ secret: otherSecret, parent: { address: '127.0.0.1', port }, clock: realClock })
    await until('the other one is heard', () => other.link.signsHeard > 0)
    expect(offer.link.signsHeard).toBe(before)
    for (const each of [child, second, door]) each.close()
  })
})
