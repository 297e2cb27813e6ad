import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Trial } from './trial.ts'

// Hours of virtual time, on a machine that others use too.
const PATIENT = { timeout: 120_000 }

let trial: Trial
beforeEach(async () => {
  trial = await Trial.open({ clusters: { site: ['n1', 'n2', 'n3', 'n4'] } })
})
afterEach(() => trial[Symbol.asyncDispose]())

const HTTP = { http: { port: 80, path: '/' }, period: 10, timeout: 2, threshold: 3 }

describe('an instance that ends as soon as it is started', PATIENT, () => {
  it('leaves its first node after five failures and within 20 s, and is tried on three nodes', async () => {
    await trial.deploy('web', { code: 'fake://exit?code=3' }, { runs: false })
    const nodes = () => [...new Set(trial.livesOf('web').map(({ node }) => node))]
    expect(await trial.until('a second node tries', () => nodes().length === 2, 60)).toBeLessThanOrEqual(20)
    expect(trial.livesOf('web').length - 1).toBe(5)
    await trial.until('a third node tries', () => nodes().length === 3, 1_200)
    await trial.seconds(3_600)
    expect(nodes()).toHaveLength(3)
    const [seen] = await trial.see('web')
    expect(seen?.status).toBe('DEAD')
    expect(seen?.status_detail).toContain('exited with code 3')
    expect(seen?.restarts).toBeGreaterThan(10)
  })

  it('is not tried more often than every five minutes in the end', async () => {
    await trial.deploy('web', { code: 'fake://exit?code=3' }, { runs: false })
    await trial.seconds(3_600)
    const before = trial.starts
    await trial.seconds(3_600)
    expect(trial.starts - before).toBeLessThanOrEqual(24)
    expect(trial.starts - before).toBeGreaterThanOrEqual(11)
  })
})

describe('an instance whose health check fails', PATIENT, () => {
  it('is ended after three checks in a row, within 35 s, and started again at once', async () => {
    await trial.deploy('web', { health_check: HTTP })
    await trial.seconds(60)
    trial.prober.answer = () => ({ answer: 'bad', reason: 'status 500' })
    const took = await trial.until('it is started again', () => trial.starts === 2, 60)
    expect(took).toBeGreaterThan(20)
    expect(took).toBeLessThanOrEqual(35)
    const isSaid = async () => (await trial.see('web'))[0]?.status_detail.includes('its health check failed: status 500') === true
    await trial.until('it is said why', isSaid, 120)
    trial.prober.answer = () => ({ answer: 'good' })
    await trial.until('it is healthy again', async () => (await trial.see('web'))[0]?.status === 'RUNNING', 60)
  })

  it('is left alone while nobody can make the check', async () => {
    await trial.deploy('web', { health_check: HTTP })
    trial.prober.answer = () => ({ answer: 'unknown', reason: 'nobody could ask' })
    await trial.seconds(600)
    expect(trial.starts).toBe(1)
  })
})

describe('an image that cannot be had', PATIENT, () => {
  it('is asked for again later and later, says why, and is tried on other nodes', async () => {
    await trial.deploy('web', { code: 'fake://missing' }, { runs: false })
    await trial.until('it is said why', async () => (await trial.see('web'))[0]?.status_detail.includes('fake://missing') === true, 30)
    await trial.seconds(600)
    const [seen] = await trial.see('web')
    expect([seen?.status, trial.starts]).toEqual(['FAILED', 0])
  })

  it('because its registry is away is run within five minutes after that is back', async () => {
    for (const { name } of trial.system.nodes) trial.machine(name).isRegistryAway = true
    await trial.deploy('web', {}, { runs: false })
    await trial.seconds(1_800)
    for (const { name } of trial.system.nodes) trial.machine(name).isRegistryAway = false
    expect(await trial.until('it runs', () => trial.whoRuns('web') !== '', 400)).toBeLessThanOrEqual(300)
  })
})
