import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { seededRandom, until } from '@oakestra/base/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ApiUser, type SeenInstance } from './support/api-user.ts'
import { Images } from './support/images.ts'
import { insideNetwork, MachineView, type SeenTask } from './support/machine-view.ts'
import { freePorts, Oak } from './support/oak.ts'
import { missingRights } from './support/rights.ts'
import { documentsOf } from './support/store-view.ts'

const ROUNDS = 10
const FIRST_STARTS = 5
// About what a first start takes here.
const FIRST_START_MS = 1_500
const CONVERGE = { timeoutMs: 60_000, intervalMs: 50 }
const ADDRESS = '10.30.70.70'

// `OAK_SEED=… npx vitest run --project machine e2e/kill.test.ts` repeats the moments of a run.
const seed = Number(process.env['OAK_SEED'] ?? Date.now() % 1_000_000)
const random = seededRandom(seed)

describe.skipIf(missingRights())(`an agent that is killed at random moments (OAK_SEED=${seed})`, () => {
  let images: Images
  let oak: Oak
  let user: ApiUser
  let machine: MachineView
  let services: Readonly<Record<string, string>>
  let port: number
  let clean: string

  beforeAll(async () => {
    images = await Images.build()
    oak = await Oak.create()
    await oak.launch()
    user = await ApiUser.login(oak)
    port = (await freePorts(1))[0] ?? 0
    services = await user.createApplication('shop', [
      { microservice_name: 'web', code: images.code('demo-web'), port: `${port}:80`, addresses: { rr_ip: ADDRESS } },
      { microservice_name: 'client', code: images.code('demo-client'), environment: [`TARGET=http://${ADDRESS}`, 'PERIOD=1'] },
      { microservice_name: 'extra', code: images.code('box'), cmd: ['sh', '-c', 'echo up; trap "exit 0" TERM; sleep 1000 & wait'] },
    ])
    machine = new MachineView(oak, await user.seesNode())
    await machine.hasNetwork()
    clean = await machine.traces()
  })
  afterAll(async () => {
    await oak?.[Symbol.asyncDispose]()
    await images?.[Symbol.asyncDispose]()
  })

  const WANTED = ['web', 'client', 'extra', 'extra'] as const

  /** Asks for one instance each; gives how often root said yes before it was killed. */
  async function deployAll(): Promise<ReadonlyMap<string, number>> {
    const accepted = new Map<string, number>()
    for (const name of WANTED) {
      const isAccepted = await user.deploy(services[name] ?? '').then(
        () => true,
        () => false,
      )
      if (isAccepted) accepted.set(name, (accepted.get(name) ?? 0) + 1)
    }
    return accepted
  }

  async function undeployAll(): Promise<boolean> {
    const answers = await Promise.allSettled(Object.values(services).map((id) => user.undeploy(id)))
    return answers.every(({ status }) => status === 'fulfilled')
  }

  async function instances(): Promise<readonly SeenInstance[]> {
    const found = await Promise.all(Object.values(services).map((id) => user.service(id)))
    return found.flatMap(({ instance_list }) => instance_list)
  }

  /** Everything wanted runs; what was asked for in vain is asked for again. */
  async function deployed(accepted: ReadonlyMap<string, number>): Promise<readonly SeenInstance[]> {
    for (const [name, id] of Object.entries(services)) {
      const present = (await user.service(id)).instance_list.length
      expect(present, `instances of ${name} that were promised`).toBeGreaterThanOrEqual(accepted.get(name) ?? 0)
      const wanted = WANTED.filter((each) => each === name).length
      for (let count = present; count < wanted; count += 1) await user.deploy(id)
      await user.sees(id, ...Array.from({ length: wanted }, () => 'RUNNING'))
    }
    return instances()
  }

  async function gone(): Promise<void> {
    await until(
      'no instance is left',
      async () => {
        const left = await instances()
        if (left.length > 0) throw new Error(left.map(({ status_detail }) => status_detail).join())
        return (await machine.traces()) === clean
      },
      CONVERGE,
    ).catch(async (thrown: unknown) => {
      expect(await machine.traces()).toBe(clean)
      throw thrown
    })
  }

  async function measured(act: () => Promise<unknown>): Promise<number> {
    const startMs = performance.now()
    await act()
    return performance.now() - startMs
  }

  /** Begins something, kills the agent within the time it usually takes, and starts it again. `survivors` ran meanwhile. */
  async function killedDuring<T>(act: () => Promise<T>, usualMs: number): Promise<{ result: T; survivors: readonly SeenTask[] }> {
    const acting = act()
    // The one wait for a time: the moment of a kill is what this is about.
    await sleep(random.next() * usualMs)
    await oak.kill()
    const result = await acting
    const survivors = (await machine.tasks()).filter(({ status }) => status === 'RUNNING')
    await oak.launch()
    user = await ApiUser.login(oak)
    return { result, survivors }
  }

  /** The service answers from outside and, through its own address, from inside. */
  async function answers(running: readonly SeenInstance[], tasks: readonly SeenTask[]): Promise<void> {
    const web = (await user.service(services['web'] ?? '')).instance_list[0]
    const client = (await user.service(services['client'] ?? '')).instance_list[0]
    const expected = `Hello from web-${web?.instance_number}\n`
    const outside = await fetch(`http://${web?.publicip}:${port}`, { headers: { connection: 'close' } })
    expect(await outside.text()).toBe(expected)
    const pid = tasks.find(({ id }) => id === client?._id)?.pid ?? 0
    expect((await insideNetwork(pid, ['busybox', 'wget', '-q', '-O', '-', `http://${ADDRESS}`])).stdout).toBe(expected)
    expect(running.map(({ restarts }) => restarts)).toEqual(WANTED.map(() => 0))
  }

  test('leaves one container per instance, restarts nothing healthy, and leaks nothing', async () => {
    const deployMs = await measured(async () => deployed(await deployAll()))
    const removeMs = await measured(async () => {
      await undeployAll()
      await gone()
    })
    for (let round = 0; round < ROUNDS; round += 1) {
      // Every other deployment fetches its images anew.
      if (round % 2 === 0) await machine.removeImages()
      const { result: accepted, survivors } = await killedDuring(deployAll, deployMs)
      const running = await deployed(accepted)
      const tasks = await machine.tasks()
      expect(tasks.map(({ id }) => id)).toEqual(running.map(({ _id }) => _id).sort())
      expect(await machine.containers()).toHaveLength(WANTED.length)
      expect(tasks).toEqual(expect.arrayContaining([...survivors]))
      await answers(running, tasks)
      const { result: isAsked } = await killedDuring(undeployAll, removeMs)
      if (!isAsked) await undeployAll()
      await gone()
    }
  }, 240_000)

  test('remembers nothing of what is gone', async () => {
    await oak.kill('SIGTERM')
    const root = path.join(oak.dataDir, 'root', 'root.db')
    expect(await documentsOf(path.join(oak.dataDir, 'node', 'node.db'), 'local_instances')).toEqual([])
    expect(await documentsOf(path.join(oak.dataDir, 'cluster', 'cluster.db'), 'placements')).toEqual([])
    expect(await documentsOf(root, 'instances')).toEqual([])
    expect(await documentsOf(root, 'reports')).toEqual([])
  })
})

describe.skipIf(missingRights())(`a first start that is cut short (OAK_SEED=${seed})`, () => {
  test('is finished by the next', async () => {
    await using oak = await Oak.create()
    for (let attempt = 0; attempt < FIRST_STARTS; attempt += 1) {
      await oak.launch()
      await sleep(random.next() * FIRST_START_MS)
      await oak.kill()
    }
    await oak.launch()
    const user = await ApiUser.login(oak)
    await user.seesNode()
    expect((await user.ok<readonly unknown[]>('GET', '/api/nodes')).length).toBe(1)
    expect((await user.ok<readonly unknown[]>('GET', '/api/clusters')).length).toBe(1)
  })
})
