import { createClusterApi } from '@oakestra/cluster'
import { nodeTag } from '@oakestra/node'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Trial } from './trial.ts'

/** One site that is cut off from root, and another that is not. */
const CLUSTERS = { site: ['n1', 'n2'], town: ['t1'] }
const HOME = { constraints: [{ type: 'direct', cluster: 'site' }], disconnect: { policy: 'keep' } }
const AN_HOUR = 3_600

// Hours of virtual time, on a machine that others use too.
const PATIENT = { timeout: 120_000 }

let trial: Trial
beforeEach(async () => {
  trial = await Trial.open({ clusters: CLUSTERS })
  await trial.deploy('web', HOME, { replicas: 3 })
})
afterEach(() => trial[Symbol.asyncDispose]())

/** A call of the API that the cluster has for whoever is there. */
async function atSite(method: 'PUT' | 'DELETE', path: string, payload?: object): Promise<void> {
  const { id, name, unit } = trial.system.cluster('site')
  const { local, connected } = unit.running
  const clock = trial.clock('site')
  const api = createClusterApi({ id, name, version: 'test', isConnected: () => connected, local, localToken: 'word', clock })
  const headers = { authorization: 'Bearer word' }
  const answer = await trial.answer(api.inject({ method, url: `/api/local/${path}`, headers, ...(payload && { payload }) }))
  expect(answer.statusCode, answer.body).toBe(200)
}

describe('a site whose link to root is cut', PATIENT, () => {
  it('keeps running what runs', async () => {
    const before = trial.whoRuns('web')
    trial.cut('site')
    await trial.seconds(AN_HOUR)
    expect(trial.whoRuns('web')).toBe(before)
    expect(trial.starts).toBe(3)
    const [seen] = await trial.see('web')
    expect(seen).toMatchObject({ status: 'RUNNING' })
    expect(seen?.status_detail).toMatch(/^the cluster site has not been heard of for (60|59) min/)
  })

  it('restarts after a crash what ended', async () => {
    trial.cut('site')
    await trial.seconds(60)
    const [id = ''] = trial.machine('n1').running()
    trial.machine('n1').fail(id, 1, { outOfMemory: false, atMs: trial.clock('n1').wallMs() })
    expect(trial.machine('n1').running()).not.toContain(id)
    expect(await trial.until('it runs again', () => trial.machine('n1').running().includes(id), 5)).toBeLessThanOrEqual(1)
    expect(trial.starts).toBe(4)
  })

  it('starts everything again after a power cycle, from what is on its disks', async () => {
    const before = trial.whoRuns('web')
    trial.cut('site')
    await Promise.all(['site', 'n1', 'n2'].map((name) => trial.powerOff(name)))
    expect(trial.whoRuns('web')).toBe('')
    await trial.seconds(600)
    for (const name of ['n1', 'n2', 'site']) await trial.start(name)
    expect(await trial.until('all runs where it ran', () => trial.whoRuns('web') === before, 10)).toBeLessThanOrEqual(3)
    expect(trial.starts).toBe(6)
  })

  it('starts a node again after a power cycle whose cluster is away as well', async () => {
    trial.cut('n1')
    const before = trial.machine('n1').running()
    await trial.powerOff('n1')
    await trial.start('n1')
    expect(await trial.until('it runs again', () => trial.machine('n1').running().length === before.length, 10)).toBeLessThanOrEqual(3)
  })

  it('resolves and balances the addresses that it knows', async () => {
    const node = trial.system.node('n1')
    const tables = () => JSON.stringify(node.kernel.state(nodeTag(node.id)).tables)
    const before = tables()
    expect(before).toContain('10.30.')
    trial.cut('site', 'n1', 'n2')
    await trial.seconds(AN_HOUR)
    expect(tables()).toBe(before)
  })

  it('can be changed at the site itself', async () => {
    await trial.deploy('old', HOME)
    const before = trial.whoRuns('web')
    trial.cut('site')
    await trial.seconds(60)
    await atSite('PUT', `service/${trial.serviceId('web')}/replicas`, { replicas: 4 })
    await atSite('DELETE', `service/${trial.serviceId('old')}/instance/-1`)
    const runs = () => trial.machine('n1').running().length + trial.machine('n2').running().length
    expect(await trial.until('one more runs, and one less', () => trial.whoRuns('old') === '' && runs() === 4, 20)).toBeLessThanOrEqual(5)
    trial.restore('site')
    await trial.until('root knows', () => trial.whoRuns('web').split(' ').length === 4 && trial.system.isConnected)
    await trial.seconds(600)
    expect([trial.whoRuns('old'), runs(), trial.starts]).toEqual(['', 4, 3 + 1 + 1])
    for (const node of new Set(before.split(' '))) expect(trial.whoRuns('web')).toContain(node)
  })

  it('gives what a dead node had to another node, without asking root', async () => {
    await trial.deploy('free', { constraints: HOME.constraints }, { replicas: 2 })
    trial.cut('site')
    await trial.seconds(60)
    await trial.powerOff('n1')
    expect(await trial.until('the other node has both', () => trial.whoRuns('free') === 'n2 n2', 10)).toBeLessThanOrEqual(5)
  })

  it('restarts nothing, duplicates nothing and loses no change when the link is back', async () => {
    await trial.deploy('old', HOME)
    const before = trial.whoRuns('web')
    trial.cut('site')
    await trial.undeploy('old')
    await trial.deploy('new', HOME, { runs: false })
    await trial.seconds(AN_HOUR)
    expect(trial.whoRuns('old')).not.toBe('')
    trial.restore('site')
    await trial.until('what was asked for meanwhile runs', () => trial.whoRuns('new') !== '')
    await trial.until('what was removed meanwhile is gone', () => trial.whoRuns('old') === '')
    await trial.seconds(300)
    expect(trial.whoRuns('web')).toBe(before)
    expect(trial.starts).toBe(3 + 1 + 1)
  })
})
