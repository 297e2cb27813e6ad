import type { DesiredInstance, ObservedInstance, Service } from '@oakestra/model'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { descriptorAt, withNextRevision } from '../state/revisions.ts'
import { planService } from './plan-service.ts'
import { changedInstance, concluded, wentBack } from './record-changes.ts'
import type { ServiceChange } from './service-plan.ts'
import type { InstanceFacts } from './standing.ts'
import { sampleDescriptor, sampleInstance, sampleService } from './testing/sample-service.ts'

/** What is true of an instance's process, whatever root believes. */
interface Process {
  readonly revision: number
  readonly readyAtMs: number
  readonly strikes: number
}

const STEP_MS = 500
const START_MS = 500

/** A service and its instances, whose processes take half a second to start and work unless their image is bad. */
class World {
  service: Service
  instances: readonly DesiredInstance[]
  nowMs = 1_000_000
  readonly processes = new Map<string, Process>()
  leastReady = Number.POSITIVE_INFINITY

  constructor(service: Service, instances: readonly DesiredInstance[]) {
    this.service = service
    this.instances = instances
    for (const { id, revision = 1 } of instances) this.processes.set(id, { revision, readyAtMs: 0, strikes: 0 })
  }

  update(image: string, update: object = {}): void {
    const inUse = new Set(this.instances.map(({ revision = 1 }) => revision))
    const descriptor = sampleDescriptor({ code: image, update: { min_ready: 1, deadline: 10, ...update } })
    this.service = withNextRevision(this.service, { descriptor, reason: 'a test', nowMs: this.nowMs, inUse })
  }

  ready(): number {
    return this.facts().filter(({ instance, observed }) => !instance.removing && observed?.state === 'running').length
  }

  images(): readonly string[] {
    return this.instances.map(({ revision = 0 }) => descriptorAt(this.service, revision)?.image ?? 'not kept')
  }

  /** Plans and carries out once, then lets some time pass. */
  step(): readonly ServiceChange[] {
    const { changes } = planService(this.service, this.facts(), this.nowMs)
    this.#expectAvailability(changes)
    for (const change of changes) this.#apply(change)
    this.instances = this.instances.filter(({ removing }) => !removing)
    for (const instance of this.instances) this.#run(instance)
    this.leastReady = Math.min(this.leastReady, this.ready())
    this.nowMs += STEP_MS
    return changes
  }

  settle(): void {
    for (let quiet = 0, steps = 0; quiet < 4; steps += 1) {
      quiet = this.step().length === 0 && this.service.rollout?.state !== 'rolling' ? quiet + 1 : 0
      if (steps > 5_000) throw new Error(`does not settle: ${JSON.stringify(this.service.rollout)}`)
    }
  }

  facts(): readonly InstanceFacts[] {
    return this.instances.map((instance) => ({ instance, observed: this.#observed(instance), heardSinceMs: 0 }))
  }

  /** Whatever the state it begins from: what works is taken out of use only while few enough are. */
  #expectAvailability(changes: readonly ServiceChange[]): void {
    const taken = changes.filter((change) => change.do === 'revise' && change.wasReady).length
    const { strategy, maxUnavailable } = this.service.descriptor.update
    if (taken === 0 || strategy === 'recreate') return
    const isOver = (change: ServiceChange) => change.do === 'remove' || (change.do === 'note' && change.proven)
    const over = new Set(changes.map((change) => (isOver(change) && 'instanceId' in change ? change.instanceId : '')))
    const underway = this.instances.filter(
      ({ id, revision, change }) => revision === this.service.revision && change && !change.proven && !over.has(id),
    )
    expect(taken + underway.length).toBeLessThanOrEqual(maxUnavailable)
  }

  #observed({ id }: DesiredInstance): ObservedInstance {
    const { revision, readyAtMs, strikes } = this.processes.get(id) ?? { revision: 0, readyAtMs: 0, strikes: 0 }
    const isBad = descriptorAt(this.service, revision)?.image.startsWith('bad') ?? false
    const state = this.nowMs < readyAtMs ? 'creating' : isBad ? 'dead' : 'running'
    return { instanceId: id, revision, state, detail: '', restarts: 0, strikes: isBad ? strikes : 0 }
  }

  /** The machine follows, and strikes at what does not work. */
  #run({ id, revision = 0 }: DesiredInstance): void {
    const process = this.processes.get(id)
    if (process?.revision === revision) this.processes.set(id, { ...process, strikes: process.strikes + 1 })
    else this.processes.set(id, { revision, readyAtMs: this.nowMs + START_MS, strikes: 0 })
  }

  #apply(change: ServiceChange): void {
    const { service, nowMs } = this
    switch (change.do) {
      case 'add': {
        const { nextInstanceNumber, revision } = service
        this.instances = [...this.instances, sampleInstance(nextInstanceNumber, { revision })]
        this.service = { ...service, nextInstanceNumber: nextInstanceNumber + 1 }
        return
      }
      case 'conclude':
        if (service.rollout) this.service = concluded(service, service.rollout, change)
        return
      case 'go-back': {
        const inUse = new Set(this.instances.map(({ revision = 0 }) => revision))
        if (service.rollout) this.service = wentBack(service, service.rollout, change.reason, inUse, nowMs)
        return
      }
      default:
        this.instances = this.instances.map((each) =>
          each.id === change.instanceId ? changedInstance(service, each, change, nowMs) : each,
        )
    }
  }
}

function worldOf(count: number, changes: Partial<Service> = {}): World {
  const instances = Array.from({ length: count }, (_, number) => sampleInstance(number))
  return new World(sampleService({ nextInstanceNumber: count, ...changes }), instances)
}

const counts = fc.integer({ min: 1, max: 8 })

describe('any update', () => {
  it('of a good image reaches every instance, and never takes out of use more than allowed', () => {
    fc.assert(
      fc.property(counts, fc.integer({ min: 1, max: 5 }), (count, maxUnavailable) => {
        const world = worldOf(count)
        world.update('v2', { max_unavailable: maxUnavailable })
        world.settle()
        expect(world.service.rollout?.state).toBe('done')
        expect(new Set(world.images())).toEqual(new Set(['v2']))
        expect(world.leastReady).toBeGreaterThanOrEqual(count - maxUnavailable)
      }),
    )
  })

  it('of a bad image is taken back, without touching what it had not reached', () => {
    fc.assert(
      fc.property(counts, fc.integer({ min: 1, max: 5 }), (count, maxUnavailable) => {
        const world = worldOf(count)
        world.update('bad', { max_unavailable: maxUnavailable })
        world.settle()
        expect(world.service).toMatchObject({ revision: 3, rollout: { state: 'rolled-back' }, descriptor: { image: 'v1' } })
        expect(new Set(world.images())).toEqual(new Set(['v1']))
        expect(world.leastReady).toBeGreaterThanOrEqual(count - maxUnavailable)
        const untouched = world.instances.filter(({ revision }) => revision === 1).length
        expect(untouched).toBe(Math.max(0, count - maxUnavailable))
      }),
    )
  })

  it('or change of the count, at any moment and in any order, ends as the last of each said', () => {
    const act = fc.record({
      image: fc.option(fc.constantFrom('v1', 'v2', 'v3', 'bad1', 'bad2')),
      replicas: fc.option(fc.integer({ min: 0, max: 12 })),
      update: fc.record({ max_unavailable: fc.integer({ min: 1, max: 4 }), strategy: fc.constantFrom('rolling', 'recreate') }),
      steps: fc.integer({ min: 0, max: 12 }),
    })
    fc.assert(
      fc.property(fc.array(act, { minLength: 1, maxLength: 8 }), (acts) => {
        const world = worldOf(3, { replicas: 3 })
        for (const { image, replicas, update, steps } of acts) {
          if (image !== null) world.update(image, update)
          if (replicas !== null) world.service = { ...world.service, replicas }
          for (let done = 0; done < steps; done += 1) world.step()
        }
        world.settle()
        const { replicas = 0, descriptor, rollout } = world.service
        expect(world.instances).toHaveLength(replicas)
        if (rollout?.state !== 'failed') expect(world.images().filter((image) => image !== descriptor.image)).toEqual([])
        const wanted = acts.findLast(({ image }) => image !== null)?.image
        if (wanted?.startsWith('v')) expect([wanted, rollout?.state]).toEqual([descriptor.image, 'done'])
        expect(world.service.history?.length ?? 0).toBeLessThanOrEqual(10 + replicas + 1)
      }),
    )
  })

  it('changes the count by exactly what is missing or too much', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: 12 }), fc.boolean(), (count, replicas, isRolling) => {
        const world = worldOf(count, { replicas })
        if (isRolling) world.update('v2')
        const first = world.step()
        expect(first.filter((change) => change.do === 'add')).toHaveLength(Math.max(0, replicas - count))
        expect(first.filter((change) => change.do === 'remove')).toHaveLength(Math.max(0, count - replicas))
        expect(world.step().filter((change) => change.do === 'add' || change.do === 'remove')).toEqual([])
      }),
    )
  })
})
