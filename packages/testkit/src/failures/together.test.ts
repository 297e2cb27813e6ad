import { afterEach, describe, expect, it } from 'vitest'
import { Trial } from './trial.ts'

// Hours of virtual time, on a machine that others use too.
const PATIENT = { timeout: 120_000 }
const CAREFUL = { disconnect: { policy: 'stop', after: 60 } }

let trial: Trial
afterEach(() => trial[Symbol.asyncDispose]())

const open = async (clusters: Readonly<Record<string, readonly string[]>>) => {
  trial = await Trial.open({ clusters })
}

describe('failures that come together', PATIENT, () => {
  it('a link that comes and goes every two seconds moves nothing', async () => {
    await open({ site: ['n1', 'n2', 'n3'] })
    await trial.deploy('web', {}, { replicas: 3 })
    const before = trial.whoRuns('web')
    for (let count = 0; count < 100; count += 1) {
      trial.cut('n1')
      await trial.seconds(2)
      trial.restore('n1')
      await trial.seconds(2)
    }
    await trial.seconds(60)
    expect([trial.whoRuns('web'), trial.starts]).toEqual([before, 3])
  })

  it('a link that comes and goes every ten seconds moves what its node has once, and leaves it there', async () => {
    await open({ site: ['n1', 'n2', 'n3'] })
    await trial.deploy('web', {}, { replicas: 3 })
    const there = trial
      .whoRuns('web')
      .split(' ')
      .filter((node) => node === 'n1').length
    for (let count = 0; count < 40; count += 1) {
      trial.cut('n1')
      await trial.seconds(10)
      trial.restore('n1')
      await trial.seconds(10)
    }
    await trial.seconds(60)
    expect(trial.whoRuns('web').split(' ')).toHaveLength(3)
    expect(trial.starts).toBe(3 + there)
  })

  it('a site whose switch was off for an hour has everything where it was, with the first node back as with the last', async () => {
    await open({ site: ['n1', 'n2', 'n3'] })
    await trial.deploy('web', {}, { replicas: 6 })
    const before = trial.whoRuns('web')
    trial.cut('site', 'n1', 'n2', 'n3')
    await trial.seconds(3_600)
    trial.restore('site', 'n1', 'n2', 'n3')
    await trial.seconds(600)
    expect([trial.whoRuns('web'), trial.starts]).toEqual([before, 6])
  })

  it('root that was cut off from all its clusters for an hour moves nothing when they are back one after the other', async () => {
    await open({ north: ['n1'], south: ['s1'], west: ['w1'] })
    await trial.deploy('web', {}, { replicas: 6 })
    const before = trial.whoRuns('web')
    trial.cut('north', 'south', 'west')
    await trial.seconds(3_600)
    trial.restore('north', 'south', 'west')
    await trial.seconds(600)
    expect([trial.whoRuns('web'), trial.starts]).toEqual([before, 6])
  })

  it('a power cycle after which one machine is dead: the others take over what it had', async () => {
    await open({ site: ['n1', 'n2', 'n3'] })
    await trial.deploy('web', {}, { replicas: 3 })
    for (const name of ['root', 'site', 'n1', 'n2', 'n3']) await trial.powerOff(name)
    await trial.seconds(60)
    for (const name of ['n2', 'n3', 'site', 'root']) await trial.start(name)
    const isWhole = () => trial.whoRuns('web').split(' ').length === 3 && !trial.whoRuns('web').includes('n1')
    expect(await trial.until('all three run', isWhole, 60)).toBeLessThanOrEqual(30)
  })

  it('a cluster that dies with one of its nodes gives that up once it is back', async () => {
    await open({ site: ['n1', 'n2', 'n3'] })
    await trial.deploy('web', {}, { replicas: 3 })
    await trial.powerOff('n1')
    await trial.powerOff('site')
    await trial.seconds(600)
    await trial.start('site')
    const isWhole = () => trial.whoRuns('web').split(' ').length === 3 && !trial.whoRuns('web').includes('n1')
    expect(await trial.until('all three run', isWhole, 60)).toBeLessThanOrEqual(30)
  })

  it.each([400, -400])('a clock that is %i days off after a power cycle ends nothing that may not run twice', async (days) => {
    await open({ site: ['n1', 'n2'] })
    await trial.deploy('web', CAREFUL)
    const home = trial.whoRuns('web')
    await trial.powerOff(home)
    trial.clock(home).jumpWall(days * 86_400_000)
    await trial.start(home)
    await trial.until('it runs again', () => trial.whoRuns('web') === home, 30)
    await trial.seconds(600)
    expect([trial.whoRuns('web'), trial.starts]).toEqual([home, 2])
  })

  it.each([400, -400])(
    'a clock that jumps by %i days while the agent is away restarts what may not run twice, and nothing else',
    async (days) => {
      await open({ site: ['n1', 'n2'] })
      await trial.deploy('web', { disconnect: { policy: 'stop', after: 60 } })
      await trial.deploy('other', {}, { replicas: 2 })
      const [home, others] = [trial.whoRuns('web'), trial.whoRuns('other')]
      await trial.stop(home)
      trial.clock(home).jumpWall(days * 86_400_000)
      await trial.start(home)
      await trial.seconds(600)
      // Nobody can tell a clock that was set from time in which the cluster may have started another.
      expect([trial.whoRuns('web'), trial.livesOf('web').length]).toEqual([home, 2])
      expect([trial.whoRuns('other'), trial.livesOf('other').length]).toEqual([others, 2])
    },
  )

  it('an agent that stays dead cannot end what may not run twice: it runs twice until the agent is back', async () => {
    await open({ site: ['n1', 'n2'] })
    await trial.deploy('web', CAREFUL)
    const home = trial.whoRuns('web')
    await trial.kill(home)
    await trial.seconds(60)
    expect(trial.whoRuns('web')).toBe(home)
    await trial.until('another runs', () => trial.whoRuns('web') === 'n1 n2', 30)
    await trial.start(home)
    await trial.until('one is left', () => trial.whoRuns('web').split(' ').length === 1, 10)
    expect(trial.whoRuns('web')).not.toBe(home)
  })

  it('root and a cluster that are both restored from old backups end nothing that was started since', async () => {
    await open({ site: ['n1', 'n2'] })
    await trial.deploy('old')
    const backups = ['root', 'site'].map((name) => [name, trial.store(name).raw.snapshot()] as const)
    await trial.deploy('new', {}, { replicas: 2 })
    const before = trial.whoRuns('new')
    for (const [name] of backups) await trial.stop(name)
    for (const [name, backup] of backups) trial.store(name).raw.restore(backup)
    for (const name of ['site', 'root']) await trial.start(name)
    await trial.seconds(600)
    expect([trial.whoRuns('new'), trial.starts]).toEqual([before, 3])
    await trial.deploy('later', {}, { replicas: 4 })
  })
})
