import { once } from 'node:events'
import type { Duplex } from 'node:stream'
import { until } from '@oakestra/base/testing'
import { expect, it } from 'vitest'
import { CHILD, type DoorSetup, never, OTHER } from './transport-under-test.ts'

async function collect(stream: Duplex): Promise<string> {
  const chunks: Buffer[] = []
  // A plain loop would destroy both directions at the end of one.
  for await (const chunk of stream.iterator({ destroyOnReturn: false })) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

/** What every transport's streams must do. */
export function streamContract({ listen, system }: DoorSetup): void {
  async function streams() {
    const listener = await listen()
    const expected = listener.expectStream({ childId: CHILD, timeoutMs: 5000 })
    const [child, parent] = await Promise.all([system().child(CHILD).openStream(expected.id, never), expected.opened])
    return { child, parent, listener, id: expected.id }
  }

  it('ends each direction of a stream by itself', async () => {
    const { child, parent } = await streams()
    parent.end('input')
    expect(await collect(child)).toBe('input')
    child.write('x'.repeat(1_000_000))
    child.end('output')
    expect(await collect(parent)).toBe(`${'x'.repeat(1_000_000)}output`)
    await until('both are gone', () => child.destroyed && parent.destroyed)
  })

  it.each(['child', 'parent'] as const)('stops the writer of a stream while the %s does not read', { timeout: 30_000 }, async (reader) => {
    const pair = await streams()
    const writer = pair[reader === 'child' ? 'parent' : 'child'].resume()
    const chunk = Buffer.alloc(256 * 1024)
    let written = 0
    const total = 64 * 1024 * 1024
    const pump = () => {
      while (written < total) {
        written += chunk.length
        if (!writer.write(chunk)) return
      }
      writer.end()
    }
    writer.on('drain', pump)
    pump()
    let last = -1
    await until('the writer stands still', () => last === (last = written), { intervalMs: 200 })
    expect(written).toBeLessThan(total / 2)
    let read = 0
    for await (const piece of pair[reader].iterator({ destroyOnReturn: false })) read += (piece as Buffer).length
    expect(read).toBe(total)
    pair[reader].end()
    await until('both are gone', () => pair.child.destroyed && pair.parent.destroyed)
  })

  it.each([
    ['child', 'parent'],
    ['parent', 'child'],
  ] as const)('breaks off at the far end when the %s destroys its end', async (near, far) => {
    const pair = await streams()
    const failed = once(pair[far].resume(), 'error')
    pair[near].destroy()
    expect((await failed)[0]).toMatchObject({ code: 'unavailable' })
    await until('both are gone', () => pair.child.destroyed && pair.parent.destroyed)
  })

  it('opens a stream once, for the child it is for, while it is expected', async () => {
    const { child, parent, id } = await streams()
    const again = system().child(CHILD)
    await expect(again.openStream(id, never)).rejects.toMatchObject({ code: 'not-found' })
    await expect(again.openStream('nonsense', never)).rejects.toMatchObject({ code: 'not-found' })
    child.destroy()
    parent.on('error', () => undefined)
  })

  it('keeps a stream from other children', async () => {
    const listener = await listen()
    const expected = listener.expectStream({ childId: CHILD, timeoutMs: 5000 })
    await expect(system().child(OTHER).openStream(expected.id, never)).rejects.toMatchObject({ code: 'not-found' })
    const stream = await system().child(CHILD).openStream(expected.id, never)
    stream.on('error', () => undefined)
    ;(await expected.opened).destroy()
  })

  it('stops expecting a stream after its time, when called off, and when the parent stops', async () => {
    const listener = await listen()
    const late = listener.expectStream({ childId: CHILD, timeoutMs: 10 })
    await expect(late.opened).rejects.toMatchObject({ code: 'deadline-exceeded' })
    await expect(system().child(CHILD).openStream(late.id, never)).rejects.toMatchObject({ code: 'not-found' })
    const stop = new AbortController()
    const unwanted = listener.expectStream({ childId: CHILD, timeoutMs: 5000, signal: stop.signal })
    stop.abort()
    await expect(unwanted.opened).rejects.toMatchObject({ code: 'aborted' })
    const pending = listener.expectStream({ childId: CHILD, timeoutMs: 5000 })
    await listener[Symbol.asyncDispose]()
    await expect(pending.opened).rejects.toMatchObject({ code: 'unavailable' })
  })

  it('breaks off streams when the parent stops', async () => {
    const { child, listener } = await streams()
    const failed = once(child.resume(), 'error')
    await listener[Symbol.asyncDispose]()
    expect((await failed)[0]).toMatchObject({ code: 'unavailable' })
  })
}
