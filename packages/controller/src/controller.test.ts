import { OakError } from '@oakestra/base'
import { recordingLogger, seededRandom, VirtualClock } from '@oakestra/base/testing'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type ControllerOptions, createController } from './controller.ts'
import type { Controller, Outcome } from './reconciler.ts'

const settled: Outcome = { state: 'settled' }
const FIRST_MS = 100
const RESYNC_MS = 60_000

/** A reconciler whose runs end when the test says so. */
class Puppet {
  existing: readonly string[] = []
  listings = 0
  /** Keys in the order in which their runs began. */
  readonly begun: string[] = []
  readonly signals: AbortSignal[] = []
  runningMost = 0
  #running = new Map<string, (outcome: Promise<Outcome>) => void>()
  /** What runs end with by themselves; absent: they wait for `end`. */
  answer: ((key: string) => Promise<Outcome>) | undefined

  async keys(): Promise<readonly string[]> {
    this.listings += 1
    return this.existing
  }

  reconcile(key: string, signal: AbortSignal): Promise<Outcome> {
    expect(this.#running.has(key), `${key} runs twice at once`).toBe(false)
    this.begun.push(key)
    this.signals.push(signal)
    if (this.answer) return this.answer(key)
    return new Promise((resolve) => {
      this.#running.set(key, resolve)
      this.runningMost = Math.max(this.runningMost, this.#running.size)
    })
  }

  running(): string[] {
    return [...this.#running.keys()]
  }

  end(key: string, outcome: Promise<Outcome> = Promise.resolve(settled)): void {
    const resolve = this.#running.get(key)
    if (!resolve) throw new Error(`${key} is not running`)
    this.#running.delete(key)
    resolve(outcome)
  }
}

describe('a controller', () => {
  let clock: VirtualClock
  let puppet: Puppet
  let controller: Controller
  const logger = recordingLogger()

  const start = (options: Partial<ControllerOptions> = {}) => {
    const backoff = { firstMs: FIRST_MS, maxMs: 1000 }
    // A delay is its full length with this generator.
    const random = { next: () => 1 }
    controller = createController({
      name: 'puppets',
      reconciler: puppet,
      concurrency: 2,
      resyncMs: RESYNC_MS,
      backoff,
      clock,
      random,
      logger,
      ...options,
    })
    return controller
  }
  const phaseOf = (key: string) => controller.status().keys.find((status) => status.key === key)?.phase

  beforeEach(() => {
    clock = new VirtualClock()
    puppet = new Puppet()
  })
  afterEach(async () => {
    for (const key of puppet.running()) puppet.end(key)
    await controller[Symbol.asyncDispose]()
  })

  it('visits every key when it starts', async () => {
    puppet.existing = ['a', 'b']
    start()
    await clock.advance(0)
    expect(puppet.begun).toEqual(['a', 'b'])
  })

  it('runs a key once for many nudges', async () => {
    start()
    for (let count = 0; count < 5; count += 1) controller.nudge('a')
    await clock.advance(0)
    expect(puppet.begun).toEqual(['a'])
  })

  it('runs no code of the reconciler inside a nudge', () => {
    start()
    controller.nudge('a')
    expect(puppet.begun).toEqual([])
  })

  it('runs a key once more after a nudge during its run, and never twice at once', async () => {
    start()
    controller.nudge('a')
    await clock.advance(0)
    controller.nudge('a')
    controller.nudge('a')
    await clock.advance(0)
    expect(puppet.begun).toEqual(['a'])
    puppet.end('a')
    await clock.advance(0)
    expect(puppet.begun).toEqual(['a', 'a'])
    puppet.end('a')
    await clock.advance(0)
    expect(puppet.begun).toHaveLength(2)
  })

  it('runs no more keys at once than it may, in the order of asking', async () => {
    start()
    for (const key of ['a', 'b', 'c', 'd']) controller.nudge(key)
    await clock.advance(0)
    expect(puppet.running()).toEqual(['a', 'b'])
    puppet.end('b')
    await clock.advance(0)
    expect(puppet.running()).toEqual(['a', 'c'])
  })

  describe('after a failure that may pass', () => {
    beforeEach(() => {
      puppet.answer = () => Promise.reject(new OakError('unavailable', 'no link'))
      start()
      controller.nudge('a')
    })

    it('tries again, later each time up to a limit', async () => {
      // The first run was at 0.
      const times: number[] = []
      const answer = puppet.answer
      puppet.answer = (key) => {
        times.push(clock.monotonicMs())
        return answer?.(key) ?? Promise.resolve(settled)
      }
      await clock.advance(5000)
      expect(times).toEqual([100, 300, 700, 1500, 2500, 3500, 4500])
    })

    it('starts from the shortest delay again once a run went well', async () => {
      await clock.advance(650)
      puppet.answer = () => Promise.resolve(settled)
      await clock.advance(50)
      expect(controller.status().keys).toEqual([{ key: 'a', phase: 'settled', failures: 0 }])
      puppet.answer = () => Promise.reject(new OakError('unavailable', 'no link'))
      const before = puppet.begun.length
      controller.nudge('a')
      await clock.advance(FIRST_MS)
      expect(puppet.begun.length - before).toBe(2)
    })

    it('tells the reason', async () => {
      await clock.advance(0)
      expect(controller.status().keys).toEqual([{ key: 'a', phase: 'failing', failures: 1, reason: 'no link' }])
      expect(logger.lines.at(-1)).toMatchObject({ level: 'warn', fields: { controller: 'puppets', key: 'a' } })
    })

    it('is woken early by a nudge', async () => {
      await clock.advance(1500)
      const before = puppet.begun.length
      await clock.advance(FIRST_MS)
      controller.nudge('a')
      await clock.advance(0)
      expect(puppet.begun.length).toBe(before + 1)
    })

    it('pauses even when each failure nudges its own key', async () => {
      const answer = puppet.answer
      puppet.answer = (key) => {
        controller.nudge('a')
        return answer?.(key) ?? Promise.resolve(settled)
      }
      await clock.advance(10 * FIRST_MS)
      expect(puppet.begun.length).toBeLessThanOrEqual(11)
    })

    it('counts what the reconciler throws that is no error of ours as something that may pass', async () => {
      puppet.answer = () => {
        throw new TypeError('a defect')
      }
      controller.nudge('b')
      await clock.advance(0)
      expect(phaseOf('b')).toBe('failing')
    })
  })

  describe('after a failure that will not pass', () => {
    beforeEach(async () => {
      puppet.existing = ['a']
      puppet.answer = () => Promise.reject(new OakError('bad-request', 'no such thing'))
      start()
      await clock.advance(0)
    })

    it('does nothing about the key, not even on the period', async () => {
      await clock.advance(3 * RESYNC_MS)
      expect(puppet.begun).toEqual(['a'])
      expect(controller.status().keys).toEqual([{ key: 'a', phase: 'stuck', failures: 1, reason: 'no such thing' }])
    })

    it('runs it again when it is nudged', async () => {
      await clock.advance(FIRST_MS)
      puppet.answer = () => Promise.resolve(settled)
      controller.nudge('a')
      await clock.advance(0)
      expect(phaseOf('a')).toBe('settled')
    })
  })

  describe('while a key waits', () => {
    beforeEach(async () => {
      puppet.answer = () => Promise.resolve({ state: 'waiting', on: 'a free port', recheckMs: 5000 })
      start()
      controller.nudge('a')
      await clock.advance(0)
    })

    it('says on what', () => {
      expect(controller.status().keys).toEqual([{ key: 'a', phase: 'waiting', failures: 0, reason: 'a free port' }])
    })

    it('looks again when it asked for it', async () => {
      await clock.advance(4999)
      expect(puppet.begun).toHaveLength(1)
      await clock.advance(1)
      expect(puppet.begun).toHaveLength(2)
    })

    it('looks at once when it is nudged, and not a second time for the old appointment', async () => {
      await clock.advance(1000)
      puppet.answer = () => Promise.resolve(settled)
      controller.nudge('a')
      await clock.advance(10_000)
      expect(puppet.begun).toHaveLength(2)
    })
  })

  describe('on its period', () => {
    it('visits what exists, so that a lost nudge costs only time', async () => {
      puppet.answer = () => Promise.resolve(settled)
      start()
      await clock.advance(0)
      puppet.existing = ['a']
      await clock.advance(RESYNC_MS)
      expect(puppet.begun).toEqual(['a'])
    })

    it('forgets settled and stuck keys that are gone', async () => {
      puppet.answer = (key) => (key === 'stuck' ? Promise.reject(new OakError('bad-request', 'no')) : Promise.resolve(settled))
      start()
      for (let count = 0; count < 1000; count += 1) controller.nudge(`${count}`)
      controller.nudge('stuck')
      await clock.advance(0)
      puppet.existing = ['1']
      await clock.advance(RESYNC_MS)
      expect(controller.status().keys.map(({ key }) => key)).toEqual(['1'])
    })

    it('keeps at what is gone but not settled', async () => {
      puppet.answer = () => Promise.reject(new OakError('unavailable', 'cannot clean up yet'))
      start()
      controller.nudge('gone')
      await clock.advance(RESYNC_MS + 1000)
      expect(phaseOf('gone')).toBe('failing')
    })

    it('does not cut a backoff short', async () => {
      puppet.existing = ['a']
      puppet.answer = () => Promise.reject(new OakError('unavailable', 'no link'))
      start({ resyncMs: 10, backoff: { firstMs: 1000, maxMs: 1000 } })
      await clock.advance(900)
      expect(puppet.begun).toEqual(['a'])
    })

    it('asks again soon when the keys could not be listed', async () => {
      const keys = puppet.keys.bind(puppet)
      puppet.keys = () => Promise.reject(new Error('the store is closed'))
      start()
      await clock.advance(0)
      puppet.existing = ['a']
      puppet.keys = keys
      await clock.advance(FIRST_MS)
      expect(puppet.begun).toEqual(['a'])
    })
  })

  it('runs every key when all are nudged', async () => {
    puppet.existing = ['a', 'b']
    puppet.answer = (key) => (key === 'b' ? Promise.reject(new OakError('bad-request', 'no')) : Promise.resolve(settled))
    start()
    await clock.advance(FIRST_MS)
    controller.nudgeAll()
    await clock.advance(0)
    expect(puppet.begun.sort()).toEqual(['a', 'a', 'b', 'b'])
  })

  it('is idle when nothing is queued or running', async () => {
    puppet.existing = ['a']
    start({ concurrency: 1 })
    controller.nudge('b')
    let isIdle = false
    const idle = controller.idle().then(() => {
      isIdle = true
    })
    await clock.advance(0)
    puppet.end('b')
    await clock.advance(0)
    expect(isIdle).toBe(false)
    puppet.end('a')
    await idle
    await controller.idle()
  })

  it('counts its runs and failures', async () => {
    puppet.answer = () => Promise.reject(new OakError('unavailable', 'no link'))
    start()
    controller.nudge('a')
    await clock.advance(FIRST_MS)
    expect(controller.status()).toMatchObject({ name: 'puppets', runs: 2, failures: 2, lastRunAtMs: clock.wallMs() })
  })

  it('calls off what runs when it is disposed, waits for its end, and starts nothing more', async () => {
    puppet.existing = ['a']
    start()
    await clock.advance(0)
    let isDisposed = false
    const disposed = controller[Symbol.asyncDispose]().then(() => {
      isDisposed = true
    })
    controller.nudge('b')
    await clock.advance(0)
    expect(puppet.signals[0]?.aborted).toBe(true)
    expect(isDisposed).toBe(false)
    puppet.end('a', Promise.reject(new OakError('aborted', 'called off')))
    await disposed
    await clock.advance(2 * RESYNC_MS)
    expect(puppet.begun).toEqual(['a'])
    expect(puppet.listings).toBe(1)
  })

  it('never loses a nudge and never runs a key twice at once, whatever happens in which order', async () => {
    const key = fc.constantFrom('a', 'b', 'c')
    const action = fc.oneof(
      fc.record({ do: fc.constant('nudge'), key }),
      fc.record({ do: fc.constant('end'), key }),
      fc.record({ do: fc.constant('fail'), key }),
      fc.record({ do: fc.constant('pass'), key }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 30 }), fc.nat(), async (actions, seed) => {
        clock = new VirtualClock()
        puppet = new Puppet()
        start({ random: seededRandom(seed), resyncMs: 10_000_000 })
        /** Keys nudged since their last run began: each is owed a run. */
        const owed = new Set<string>()
        let seen = 0
        const settleDebts = () => {
          for (const begun of puppet.begun.slice(seen)) owed.delete(begun)
          seen = puppet.begun.length
        }
        for (const each of actions) {
          if (each.do === 'nudge') {
            owed.add(each.key)
            controller.nudge(each.key)
          } else if (each.do === 'pass') {
            await clock.advance(50)
          } else if (puppet.running().includes(each.key)) {
            puppet.end(each.key, each.do === 'end' ? Promise.resolve(settled) : Promise.reject(new OakError('unavailable', 'no')))
          }
          await clock.advance(0)
          settleDebts()
          expect(puppet.runningMost).toBeLessThanOrEqual(2)
        }
        for (let round = 0; round < 20; round += 1) {
          for (const running of puppet.running()) puppet.end(running)
          await clock.advance(1000)
          settleDebts()
        }
        expect([...owed]).toEqual([])
        expect(controller.status().keys.every(({ phase }) => phase === 'settled')).toBe(true)
        await controller[Symbol.asyncDispose]()
      }),
      { numRuns: 60 },
    )
  })
})
