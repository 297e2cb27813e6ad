import { VirtualClock } from '@oakestra/base/testing'
import type { RecordedEvent } from '@oakestra/model'
import { describe, expect, it } from 'vitest'
import { AlertStore } from './alert-store.ts'
import { LiveHub, type News } from './live-hub.ts'
import { type Load, SampleStore } from './samples.ts'
import type { CacheKey } from './stale-keys.ts'
import { newsOf } from './stream-news.ts'

const event = (id: string): RecordedEvent => ({
  id,
  timeMs: 0,
  actor: { kind: 'user' },
  kind: 'service.created',
  object: { type: 'service', id: 's1' },
})

/** A stream that the test writes. */
class Wire {
  readonly opened: (string | undefined)[] = []
  #push: ((news: News | undefined) => void) | undefined
  #heard: (() => void) | undefined

  async *open(lastId: string | undefined, signal: AbortSignal, heard: () => void): AsyncGenerator<News> {
    this.opened.push(lastId)
    const queue: (News | undefined)[] = []
    let wake = () => {}
    this.#heard = heard
    this.#push = (news) => {
      queue.push(news)
      wake()
    }
    signal.addEventListener('abort', () => this.#push?.(undefined))
    for (;;) {
      while (queue.length === 0) await new Promise<void>((resolve) => (wake = resolve))
      const next = queue.shift()
      if (!next) return
      yield next
    }
  }

  beat(): void {
    this.#heard?.()
  }

  send(news: News): void {
    this.#heard?.()
    this.#push?.(news)
  }

  cut(): void {
    this.#push?.(undefined)
  }
}

function start() {
  const clock = new VirtualClock()
  const wire = new Wire()
  const stale: (readonly CacheKey[])[] = []
  const [samples, loads, alerts] = [new SampleStore(), new SampleStore<Load>(), new AlertStore()]
  const hub = new LiveHub({
    clock,
    samples,
    loads,
    alerts,
    open: (...args) => wire.open(...args),
    onStale: (keys) => void stale.push(keys),
  })
  hub.start()
  return { clock, wire, stale, hub, samples, loads, alerts }
}

const settle = () => new Promise((resolve) => setImmediate(resolve))

describe('the stream of a page', () => {
  it('is live once anything was heard, and has what changed read once for many events', async () => {
    const { clock, wire, stale, hub } = start()
    expect(hub.state().kind).toBe('connecting')
    wire.beat()
    expect(hub.state()).toEqual({ kind: 'live' })
    for (const id of ['1', '2', '3']) wire.send({ type: 'event', id, event: event(id) })
    await settle()
    await clock.advance(200)
    expect(stale).toEqual([[['applications'], ['services'], ['service', 's1']]])
    expect(hub.recent().map(({ id }) => id)).toEqual(['1', '2', '3'])
  })

  it('says since when it is old, goes on after the last event, and has everything read again', async () => {
    const { clock, wire, stale, hub } = start()
    wire.send({ type: 'event', id: '7', event: event('7') })
    await settle()
    await clock.advance(200)
    stale.length = 0
    wire.cut()
    await settle()
    expect(hub.state().kind).toBe('stale')
    await clock.advance(1_000)
    await settle()
    expect(wire.opened).toEqual([undefined, '7'])
    wire.beat()
    expect(hub.state().kind).toBe('live')
    expect(stale).toEqual([[]])
  })

  it('gives a connection up that has been silent for too long', async () => {
    const { clock, wire, hub } = start()
    wire.beat()
    await clock.advance(39_000)
    wire.beat()
    await clock.advance(39_000)
    expect(hub.state().kind).toBe('live')
    await clock.advance(2_000)
    await settle()
    expect(hub.state().kind).toBe('stale')
  })

  it('begins anew when what it missed is not kept any more', async () => {
    const { wire, stale } = start()
    wire.send({ type: 'gap' })
    await settle()
    expect(stale).toEqual([[]])
  })

  it('knows what is firing while it is live, and nothing of it when it is not', async () => {
    const { wire, alerts } = start()
    const seen: (number | undefined)[] = []
    alerts.subscribe(() => seen.push(alerts.current()?.firing))
    wire.send({ type: 'alerts', alerts: { firing: 2, alerts: [] } })
    await settle()
    expect(alerts.current()?.firing).toBe(2)
    wire.cut()
    await settle()
    expect(seen).toEqual([2, undefined])
  })

  it('keeps how busy nodes and clusters are', async () => {
    const { wire, loads } = start()
    const load = { cpuPercent: 1, memoryPercent: 2, timeMs: 3 }
    wire.send({ type: 'load', id: 'n', load })
    await settle()
    expect(loads.of('n')).toEqual([load])
    const told = { type: 'load', id: '', data: { ...load, clusterId: 'c', nodeId: 'n' } }
    expect(newsOf(told)).toEqual({ type: 'load', id: 'n', load })
    expect(newsOf({ ...told, data: { ...load, clusterId: 'c' } })).toEqual({ type: 'load', id: 'c', load })
  })

  it('keeps the newest numbers of each instance, in order', async () => {
    const { wire, samples } = start()
    for (const timeMs of [1, 2, 2, 1, 3]) {
      wire.send({ type: 'sample', instanceId: 'i', sample: { timeMs, cpuPercent: timeMs, memoryBytes: 0 } })
    }
    await settle()
    expect(samples.of('i').map(({ timeMs }) => timeMs)).toEqual([1, 2, 3])
  })
})
