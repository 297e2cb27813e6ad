import { inspect } from 'node:util'
import { seededRandom, until } from '@oakestra/base/testing'
import { nodeTag } from '@oakestra/node'
import type { Collection } from '@oakestra/store'
import { describe, expect, it } from 'vitest'
import type { ApiUser } from './api-user.ts'
import { type NodeUnit, type RoleUnit, type System, startSystem } from './start-system.ts'

// `OAK_SEED=… npx vitest run --project unit packages/testkit/src/crash.test.ts` repeats one that failed.
const SEEDS = process.env['OAK_SEED'] ? [Number(process.env['OAK_SEED'])] : Array.from({ length: 30 }, (_, index) => index + 1)
const AT_ONCE = 6
// About what each phase takes of the busiest role.
const ACTS = { deployment: 40, restart: 10, removal: 40 }
const PATIENT = { timeoutMs: 30_000, intervalMs: 10 }
const SERVICES = [
  { microservice_name: 'web', code: 'fake://run', port: '8080:80' },
  { microservice_name: 'pair', code: 'fake://run?pull=20' },
  { microservice_name: 'mortal', code: 'fake://run' },
  { microservice_name: 'once', code: 'fake://exit?code=0&after=20', one_shot: true },
]
const WANTED = { web: ['RUNNING'], pair: ['RUNNING', 'RUNNING'], mortal: ['RUNNING'], once: ['COMPLETED'] }

/** One system whose roles are killed at acts that follow from a seed, and are started again as a supervisor does. */
class Trial {
  readonly #system: System
  readonly #random: () => number
  readonly #revivals: Promise<unknown>[] = []
  readonly kills: string[] = []

  constructor(system: System, seed: number) {
    this.#system = system
    const random = seededRandom(seed)
    this.#random = () => random.next()
  }

  /** Goes through something while a role is killed in the middle of it, or soon after it was started again. */
  async killedDuring(phase: keyof typeof ACTS, work: () => Promise<void>): Promise<void> {
    const { root, clusters, nodes } = this.#system
    const roles = [root, ...clusters.map(({ unit }) => unit), ...nodes.map(({ unit }) => unit)]
    const at = Math.floor(this.#random() * roles.length)
    const victim = roles[at] ?? root
    this.#arm(victim, phase, at)
    await work()
    victim.fence.spare()
    await Promise.all(this.#revivals)
  }

  #arm(victim: RoleUnit, phase: keyof typeof ACTS, role: number): void {
    const acts = 1 + Math.floor(this.#random() * ACTS[phase])
    victim.fence.killAt(acts, () => {
      this.kills.push(`${phase}: role ${role} at act ${acts}`)
      this.#revivals.push(this.#revive(victim).then(() => this.#random() < 0.5 && this.#arm(victim, phase, role)))
    })
  }

  async #revive(victim: RoleUnit): Promise<void> {
    // A process that is killed ends at once; what its remains still try is refused.
    await victim.stop().catch(() => undefined)
    victim.fence.revive()
    await victim.start()
  }
}

/** Until it is answered: a user's program asks again when root was away. */
function eventually<T>(what: string, ask: () => Promise<T>): Promise<T> {
  let answer: { readonly value: T } | undefined
  return until(
    what,
    async () => {
      answer = { value: await ask() }
      return answer
    },
    PATIENT,
  ).then(({ value }) => value)
}

async function statuses(user: ApiUser, ids: Readonly<Record<string, string>>): Promise<Readonly<Record<string, readonly string[]>>> {
  const seen = Object.entries(ids).map(async ([name, id]) => [name, (await user.service(id)).instance_list.map(({ status }) => status)])
  return Object.fromEntries(await Promise.all(seen))
}

/** Asks until there are as many instances as wanted; one that was promised must not be lost. */
async function deployAll(user: ApiUser, ids: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, wanted] of Object.entries(WANTED)) {
    const id = ids[name] ?? ''
    let promised = 0
    const present = () => eventually('root answers', async () => (await user.service(id)).instance_list.length)
    for (let there = await present(); there < wanted.length; there = await present()) {
      expect(there, `instances of ${name} that were promised`).toBeGreaterThanOrEqual(promised)
      const isPromised = await user.deploy(id).then(
        () => true,
        () => false,
      )
      if (isPromised) promised += 1
    }
  }
}

function converged(user: ApiUser, ids: Readonly<Record<string, string>>): Promise<unknown> {
  return until(
    'everything is as wanted',
    async () => {
      const seen = await statuses(user, ids)
      if (JSON.stringify(seen) === JSON.stringify(WANTED)) return true
      throw new Error(JSON.stringify(seen))
    },
    PATIENT,
  )
}

/** Every start of a process on any machine, counted by instance. */
function startsOf(system: System): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const { id } of system.nodes.flatMap(({ machine }) => machine.starts)) counts[id] = (counts[id] ?? 0) + 1
  return counts
}

/** All that instances leave on a machine, in its kernel and in what an agent remembers. */
async function tracesOn({ machine, kernel, id, unit }: NodeUnit): Promise<string> {
  const { routes, ...state } = kernel.state(nodeTag(id))
  const ordered = { ...state, routes: routes.map((route) => inspect(route)).sort() }
  const kept = [[...machine.workloads.keys()], [...machine.logs.keys()], await documents(unit, 'local_instances')]
  return inspect([ordered, ...kept], { depth: null, sorted: true, maxArrayLength: null })
}

function documents(unit: RoleUnit, name: string): Promise<readonly object[]> {
  const known: Collection<object> = { name, key: () => '' }
  return unit.store.read((reader) => reader.list(known))
}

async function leftovers({ root, clusters }: System): Promise<readonly object[]> {
  const found = [
    ...['instances', 'reports', 'services', 'applications', 'outbox_entries'].map((name) => documents(root, name)),
    ...clusters.flatMap(({ unit }) => ['placements', 'node_reports', 'outbox_entries'].map((name) => documents(unit, name))),
  ]
  const isStock = (claim: object) => clusters.some(({ id }) => 'ownerId' in claim && claim.ownerId === id)
  const claims = (await documents(root, 'address_claims')).filter((claim) => !('freedAtMs' in claim) && !isStock(claim))
  // Places, address blocks and stocks of addresses belong to nodes and clusters, which stay.
  return [...(await Promise.all(found)).flat(), ...claims].filter(
    (document) => !/"kind":"(place|addressing)"/.test(JSON.stringify(document)),
  )
}

/** What must hold while everything runs: each process was started once, and only one of each instance lives. */
function expectNothingTwice(system: System, startsExpected: readonly number[]): void {
  expect(Object.values(startsOf(system)).sort((a, b) => a - b)).toEqual(startsExpected)
  expect(system.nodes.flatMap(({ machine }) => machine.running())).toHaveLength(4)
}

async function liveThrough(scene: Scene): Promise<void> {
  const { system, trial, user, ids } = scene
  await trial.killedDuring('deployment', async () => {
    await deployAll(user, ids)
    await converged(user, ids)
  })
  expectNothingTwice(system, [1, 1, 1, 1, 1])
  const mortal = async () => (await user.service(ids['mortal'] ?? '')).instance_list[0]
  const id = (await mortal())?._id ?? ''
  await trial.killedDuring('restart', async () => {
    for (const { machine } of system.nodes) machine.exit(id, 1)
    await until('it was started again', async () => (await mortal())?.restarts === 1, PATIENT)
    await converged(user, ids)
  })
  expectNothingTwice(system, [1, 1, 1, 1, 2])
  expect(startsOf(system)[id]).toBe(2)
  await restartOnce(scene)
}

/** Whoever gets no answer asks again: as many processes at most as root says were asked for. */
async function restartOnce({ system, trial, user, ids }: Scene): Promise<void> {
  const web = async () => (await user.service(ids['web'] ?? '')).instance_list[0]
  const id = (await web())?._id ?? ''
  await trial.killedDuring('restart', async () => {
    await eventually('the restart is asked for', () => user.ok('POST', `/api/service/${ids['web']}/instance/0/restart`, {}))
    const asked = await askedFor(system, id)
    await until('it was started again', async () => (await web())?.restarts_asked === asked, PATIENT)
    await converged(user, ids)
  })
  const asked = await askedFor(system, id)
  const starts = startsOf(system)[id] ?? 0
  expect(starts).toBeGreaterThan(1)
  expect(starts - 1).toBeLessThanOrEqual(asked)
  expect((await web())?.restarts).toBe(starts - 1)
}

async function askedFor({ root }: System, id: string): Promise<number> {
  const known: Collection<{ readonly id: string; readonly restart?: { readonly asked: number } }> = { name: 'instances', key: () => '' }
  const found = await root.store.read((reader) => reader.get(known, id))
  return found?.restart?.asked ?? 0
}

async function removeAll({ system, trial, user }: Scene): Promise<void> {
  await trial.killedDuring('removal', async () => {
    await eventually('the application is gone', async () => {
      const [application] = await user.ok<readonly { applicationID: string }[]>('GET', '/api/applications')
      if (application) await user.ok('DELETE', `/api/application/${application.applicationID}`)
    })
    await until(
      'nothing is remembered',
      async () => {
        const left = await leftovers(system)
        if (left.length > 0) throw new Error(inspect(left))
        return true
      },
      PATIENT,
    )
  })
}

interface Scene {
  readonly system: System
  readonly trial: Trial
  readonly user: ApiUser
  readonly ids: Readonly<Record<string, string>>
}

async function play(seed: number): Promise<void> {
  await using system = await startSystem({ clusters: { c1: ['n1', 'n2'] } })
  const trial = new Trial(system, seed)
  const user = await system.admin()
  const scene = { system, trial, user, ids: await user.createApplication('shop', SERVICES) }
  const hasPlace = ({ kernel, id }: NodeUnit) => kernel.state(nodeTag(id)).tables.length > 0
  await until('the nodes have their places', () => system.nodes.every(hasPlace), PATIENT)
  const clean = await Promise.all(system.nodes.map(tracesOn))
  const isClean = async () => (await Promise.all(system.nodes.map(tracesOn))).join() === clean.join()
  try {
    // Every third changes its mind in the middle of the deployment.
    if (seed % 3 === 0) await trial.killedDuring('deployment', () => deployAll(user, scene.ids))
    else await liveThrough(scene)
    await removeAll(scene)
    await until('nothing is left', isClean, PATIENT).catch(() => undefined)
    expect(await Promise.all(system.nodes.map(tracesOn))).toEqual(clean)
  } catch (thrown) {
    throw new Error(`OAK_SEED=${seed} (${trial.kills.join('; ')}): ${thrown instanceof Error ? thrown.message : thrown}`, { cause: thrown })
  }
}

describe('roles that are killed in the middle of what they do', () => {
  it('start nothing twice, lose nothing, and leave nothing', { timeout: 120_000 }, async () => {
    const queue = [...SEEDS]
    const worker = async () => {
      for (let seed = queue.shift(); seed !== undefined; seed = queue.shift()) await play(seed)
    }
    await Promise.all(Array.from({ length: AT_ONCE }, worker))
  })
})
