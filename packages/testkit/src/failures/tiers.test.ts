import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Trial } from './trial.ts'

const CLUSTERS = { site: ['n1', 'n2'], town: ['t1', 't2'] }
const MINUTES = 60

// Hours of virtual time, on a machine that others use too.
const PATIENT = { timeout: 120_000 }

let trial: Trial
beforeEach(async () => {
  trial = await Trial.open({ clusters: CLUSTERS })
})
afterEach(() => trial[Symbol.asyncDispose]())

const clusterOf = (node: string) => (node.startsWith('n') ? 'site' : 'town')

describe('a cluster that dies', PATIENT, () => {
  it('whose agent alone died: everything runs on, and what is asked for meanwhile is done when it is back', async () => {
    await trial.deploy('web', {}, { replicas: 4 })
    const before = trial.whoRuns('web')
    await trial.kill('site')
    await trial.seconds(4 * MINUTES)
    await trial.deploy('late', { constraints: [{ type: 'direct', cluster: 'site' }] }, { runs: false })
    const [waiting] = await trial.see('late')
    expect(waiting?.status).toBe('TargetClusterNotActive')
    await trial.start('site')
    expect(await trial.until('it is done', () => trial.whoRuns('late') !== '')).toBeLessThanOrEqual(20)
    expect([trial.whoRuns('web'), trial.starts]).toEqual([before, 5])
  })

  it('with its machines has its instances elsewhere after five minutes, and the old copies end when it is back', async () => {
    await trial.deploy('web')
    const home = trial.whoRuns('web')
    const cluster = clusterOf(home)
    trial.cut(cluster)
    const took = await trial.until('it runs elsewhere', () => trial.whoRuns('web') !== home, 6 * MINUTES)
    expect(took).toBeGreaterThan(4.8 * MINUTES)
    expect(took).toBeLessThanOrEqual(5 * MINUTES + 5)
    const now = trial
      .whoRuns('web')
      .split(' ')
      .find((node) => node !== home)
    trial.restore(cluster)
    expect(await trial.until('one is left', () => trial.whoRuns('web') === now, 60)).toBeLessThanOrEqual(20)
    await trial.seconds(2 * MINUTES)
    expect([trial.whoRuns('web'), trial.starts]).toEqual([now, 2])
  })

  it('is said to be away at once, and since when', async () => {
    await trial.deploy('web')
    const cluster = clusterOf(trial.whoRuns('web'))
    trial.cut(cluster)
    const isSaid = async () =>
      /^the cluster (site|town) has not been heard of for \d+ s$/.test((await trial.see('web'))[0]?.status_detail ?? '')
    expect(await trial.until('it is said', isSaid)).toBeLessThanOrEqual(13)
    const list = await trial.call<readonly { readonly cluster_name: string; readonly presence: string }[]>('GET', '/api/clusters')
    expect(list.body.find(({ cluster_name: name }) => name === cluster)?.presence).toBe('away')
  })
})

describe('root that dies', PATIENT, () => {
  it('is missed by nobody who runs: nodes that die are replaced, and what ended starts again', async () => {
    await trial.deploy('web', {}, { replicas: 4 })
    await trial.kill('root')
    await trial.seconds(10 * MINUTES)
    expect(trial.starts).toBe(4)
    await trial.powerOff('n1')
    await trial.until('others have them', () => !trial.whoRuns('web').includes('n1') && trial.whoRuns('web').split(' ').length === 4, 10)
    const before = [trial.whoRuns('web'), trial.starts]
    await trial.start('root')
    const isSeen = async () => (await trial.see('web')).every(({ status }) => status === 'RUNNING')
    await trial.until('root sees them', isSeen)
    await trial.seconds(10 * MINUTES)
    expect([trial.whoRuns('web'), trial.starts]).toEqual(before)
  })

  it('gives no cluster up for the time in which it was not there itself', async () => {
    await trial.deploy('web', {}, { replicas: 4 })
    const before = trial.whoRuns('web')
    trial.cut('site')
    await trial.seconds(4 * MINUTES)
    await trial.kill('root')
    await trial.start('root')
    await trial.seconds(4 * MINUTES)
    expect([trial.whoRuns('web'), trial.starts]).toEqual([before, 4])
  })

  it('and all else at once: with power back everything runs again where it ran', async () => {
    await trial.deploy('web', {}, { replicas: 4 })
    const before = trial.whoRuns('web')
    const all = ['root', 'site', 'town', 'n1', 'n2', 't1', 't2']
    for (const name of all) await trial.powerOff(name)
    await trial.seconds(60)
    for (const name of all.toReversed()) await trial.start(name)
    expect(await trial.until('all runs', () => trial.whoRuns('web') === before)).toBeLessThanOrEqual(20)
    await trial.seconds(10 * MINUTES)
    expect([trial.whoRuns('web'), trial.starts]).toEqual([before, 8])
  })
})

describe('root that was restored from an old backup', PATIENT, () => {
  const restored = async (backup: ReturnType<ReturnType<Trial['store']>['raw']['snapshot']>) => {
    await trial.stop('root')
    trial.store('root').raw.restore(backup)
    await trial.start('root')
    await trial.until('everything is connected', () => trial.system.isConnected)
  }

  it('ends nothing that was started since, and gives its addresses to nobody else', async () => {
    await trial.deploy('old')
    const backup = trial.store('root').raw.snapshot()
    for (const name of ['a', 'b', 'c']) await trial.deploy(name)
    const before = ['old', 'a', 'b', 'c'].map((name) => trial.whoRuns(name))
    await restored(backup)
    await trial.deploy('fresh', {}, { replicas: 8 })
    await trial.seconds(10 * MINUTES)
    expect(['old', 'a', 'b', 'c'].map((name) => trial.whoRuns(name))).toEqual(before)
    expect(trial.starts).toBe(12)
  })

  it('goes on giving orders to clusters whose documents are newer', async () => {
    await trial.deploy('old')
    const backup = trial.store('root').raw.snapshot()
    for (const name of ['a', 'b', 'c']) await trial.deploy(name)
    await restored(backup)
    await trial.undeploy('old')
    await trial.until('it is gone', () => trial.whoRuns('old') === '')
    await trial.deploy('later', {}, { replicas: 2 })
  })

  it('leaves what has moved since where it is, once', async () => {
    await trial.deploy('web')
    const home = trial.whoRuns('web')
    const backup = trial.store('root').raw.snapshot()
    trial.cut(clusterOf(home))
    await trial.until('it runs elsewhere', () => trial.whoRuns('web') !== home, 6 * MINUTES)
    trial.restore(clusterOf(home))
    await trial.until('one is left', () => trial.whoRuns('web').split(' ').length === 1)
    const now = trial.whoRuns('web')
    await restored(backup)
    await trial.seconds(10 * MINUTES)
    expect([trial.whoRuns('web'), (await trial.see('web')).map(({ status }) => status)]).toEqual([now, ['RUNNING']])
  })
})

describe('a cluster whose store was restored from an old backup', PATIENT, () => {
  it('ends nothing, starts nothing twice, and goes on', async () => {
    const here = { constraints: [{ type: 'direct', cluster: 'site' }] }
    await trial.deploy('old', here)
    const backup = trial.store('site').raw.snapshot()
    await trial.deploy('new', here, { replicas: 2 })
    await trial.stop('site')
    trial.store('site').raw.restore(backup)
    await trial.start('site')
    await trial.seconds(10 * MINUTES)
    expect([trial.whoRuns('new').split(' ').length, trial.starts]).toEqual([2, 3])
    await trial.undeploy('new')
    await trial.until('orders arrive', () => trial.whoRuns('new') === '')
  })
})

describe('wall clocks that jump', PATIENT, () => {
  const JUMPS = ['root', 'site', 'n1'].flatMap((name) => [
    [name, 400 * 86_400_000, 'forward'] as const,
    [name, -400 * 86_400_000, 'back'] as const,
  ])

  it.each(JUMPS)('of %s by %d ms, %s, end nothing, start nothing and keep nothing from being done', async (name, byMs) => {
    const tough = { disconnect: { policy: 'stop', after: 20 } }
    await trial.deploy('web', {}, { replicas: 4 })
    await trial.deploy('careful', tough, { replicas: 2 })
    trial.clock(name).jumpWall(byMs)
    await trial.seconds(3 * MINUTES)
    expect(trial.starts).toBe(6)
    await trial.deploy('later', {}, { replicas: 4 })
    await trial.undeploy('later')
    await trial.until('it is gone', () => trial.whoRuns('later') === '')
    expect(trial.starts).toBe(10)
  })
})

describe('a disk that is full', PATIENT, () => {
  it('at root: requests that change something are refused, everything runs on, and root goes on when there is room', async () => {
    await trial.deploy('web', {}, { replicas: 4 })
    trial.store('root').isFull = true
    const refused = await trial.call('POST', `/api/service/${trial.serviceId('web')}/instance`)
    expect(refused.status).toBe(503)
    expect(JSON.stringify(refused.body)).toContain('the disk is full')
    expect((await trial.see('web')).map(({ status }) => status)).toEqual(Array(4).fill('RUNNING'))
    await trial.seconds(10 * MINUTES)
    expect(trial.starts).toBe(4)
    trial.store('root').isFull = false
    await trial.until('everything is connected', () => trial.system.isConnected)
    await trial.deploy('later')
  })

  it.each(['site', 'n1'])('at %s: what runs runs on, and what was asked for meanwhile is done when there is room', async (name) => {
    const here = { constraints: [{ type: 'direct', cluster: 'site' }] }
    await trial.deploy('web', here, { replicas: 4 })
    const before = trial.whoRuns('web')
    trial.store(name).isFull = true
    await trial.deploy('later', here, { replicas: 2, runs: false })
    await trial.seconds(10 * MINUTES)
    expect(trial.whoRuns('web')).toBe(before)
    trial.store(name).isFull = false
    const isDone = () => trial.whoRuns('later').split(' ').filter(Boolean).length === 2
    expect(await trial.until('it is done', isDone, 5 * MINUTES)).toBeLessThanOrEqual(70)
    expect([trial.whoRuns('web'), trial.livesOf('web').length]).toEqual([before, 4])
  })
})
