import { afterEach, describe, expect, it } from 'vitest'
import { Trial } from './trial.ts'

// Hours of virtual time, on a machine that others use too.
const PATIENT = { timeout: 120_000 }

let trial: Trial
afterEach(() => trial[Symbol.asyncDispose]())

const open = async (...nodes: readonly string[]) => {
  trial = await Trial.open({ clusters: { site: nodes } })
}
const other = (name: string) => (name === 'n1' ? 'n2' : 'n1')

describe('a node that dies', PATIENT, () => {
  it('has its instances running elsewhere, and seen there, within five seconds', async () => {
    await open('n1', 'n2')
    await trial.deploy('web')
    const home = trial.whoRuns('web')
    await trial.powerOff(home)
    const isSeen = async () => (await trial.see('web')).every(({ status, publicip }) => status === 'RUNNING' && publicip !== '')
    const took = await trial.until('it runs elsewhere', () => trial.whoRuns('web') === other(home), 10)
    expect(took).toBeGreaterThan(2)
    expect(took).toBeLessThanOrEqual(5)
    expect(await trial.until('that is seen', isSeen, 10)).toBeLessThanOrEqual(1)
  })

  it('is left its instances while nobody else takes them, with the reasons of all, and goes on with them', async () => {
    await open('n1', 'n2')
    const large = { memory: 1_500 }
    await trial.deploy('web', large, { replicas: 2 })
    await trial.powerOff('n1')
    await trial.seconds(10)
    const seen = (await trial.see('web')).find(({ status }) => status !== 'RUNNING')
    expect(seen?.status_detail).toContain('the node n1 is lost, and nobody else takes it: none of 2 nodes can take it')
    await trial.start('n1')
    expect(await trial.until('it goes on', () => trial.whoRuns('web') === 'n1 n2', 10)).toBeLessThanOrEqual(3)
  })

  it('keeps its instances for 15 s when only its agent died, for 60 s when that was asked to end, and they run all the time', async () => {
    await open('n1', 'n2')
    await trial.deploy('web')
    const home = trial.whoRuns('web')
    await trial.kill(home)
    await trial.seconds(14)
    expect(trial.whoRuns('web')).toBe(home)
    await trial.start(home)
    await trial.seconds(5)
    await trial.stop(home)
    await trial.seconds(58)
    await trial.start(home)
    await trial.seconds(60)
    expect([trial.whoRuns('web'), trial.starts]).toEqual([home, 1])
  })
})

describe('a node that returns after its instances were moved', PATIENT, () => {
  it('ends its copies within three seconds, and nothing else is touched', async () => {
    await open('n1', 'n2')
    await trial.deploy('web')
    const home = trial.whoRuns('web')
    trial.cut(home)
    await trial.until('it runs twice', () => trial.whoRuns('web') === 'n1 n2', 10)
    await trial.seconds(600)
    trial.restore(home)
    const connected = await trial.until('the node is connected', () => trial.system.isConnected)
    expect(connected).toBeLessThanOrEqual(16)
    expect(await trial.until('its copy is gone', () => trial.whoRuns('web') === other(home), 10)).toBeLessThanOrEqual(3)
    await trial.seconds(120)
    expect([trial.whoRuns('web'), trial.starts]).toEqual([other(home), 2])
  })

  it('ends them before it would start them when it was without power meanwhile and hears its cluster at once', async () => {
    await open('n1', 'n2')
    await trial.deploy('web')
    const home = trial.whoRuns('web')
    await trial.powerOff(home)
    await trial.until('it runs elsewhere', () => trial.whoRuns('web') === other(home), 10)
    await trial.start(home)
    await trial.until('one is left', () => trial.whoRuns('web') === other(home), 10)
    await trial.seconds(120)
    expect(trial.whoRuns('web')).toBe(other(home))
    expect(trial.livesOf('web').filter(({ node }) => node !== home)).toHaveLength(1)
  })

  it('does so after a month as well', async () => {
    await open('n1', 'n2')
    await trial.deploy('web')
    const home = trial.whoRuns('web')
    await trial.powerOff(home)
    await trial.until('it runs elsewhere', () => trial.whoRuns('web') === other(home), 10)
    // Most of the month passes for wall clocks alone: what is remembered for a time is remembered by them.
    await trial.seconds(600)
    for (const name of ['root', 'site', 'n1', 'n2']) trial.clock(name).jumpWall(30 * 86_400_000)
    await trial.seconds(600)
    await trial.start(home)
    await trial.until('one is left', () => trial.whoRuns('web') === other(home), 10)
    await trial.seconds(120)
    expect(trial.whoRuns('web')).toBe(other(home))
  })
})

describe('a node that is slow', PATIENT, () => {
  it('keeps what it has while its answers come late by less than its lease', async () => {
    await open('n1', 'n2')
    await trial.deploy('web')
    const home = trial.whoRuns('web')
    for (const { id, name } of trial.system.nodes) if (name === home) trial.system.network.setDelay(id, { min: 500, max: 900 })
    await trial.seconds(600)
    expect([trial.whoRuns('web'), trial.starts]).toEqual([home, 1])
  })

  it('loses what it has once when it answers later than its lease, and not again and again', async () => {
    await open('n1', 'n2', 'n3')
    await trial.deploy('web', {}, { replicas: 3 })
    const had = trial
      .whoRuns('web')
      .split(' ')
      .filter((name) => name === 'n1').length
    trial.system.network.setDelay(trial.system.node('n1').id, { min: 500, max: 6_000 })
    await trial.seconds(1_200)
    expect([trial.whoRuns('web').includes('n1'), trial.starts]).toEqual([false, 3 + had])
  })

  it('whose connection moves nothing is taken for living for 30 s by its datagrams, and then connects anew', async () => {
    await open('n1', 'n2')
    await trial.deploy('web')
    const home = trial.whoRuns('web')
    const link = trial.system.node(home).id
    trial.system.network.stall(link)
    await trial.seconds(25)
    expect([trial.whoRuns('web'), trial.starts]).toEqual([home, 1])
    trial.system.network.unstall(link)
    await trial.seconds(60)
    expect([trial.whoRuns('web'), trial.starts]).toEqual([home, 1])
  })
})

describe('a connection that is half open', PATIENT, () => {
  it('is noticed by both ends within a lease and half a second, and made anew', async () => {
    await open('n1', 'n2')
    await trial.deploy('web')
    const home = trial.whoRuns('web')
    trial.system.network.strand(trial.system.node(home).id)
    const noticed = await trial.until('it is noticed', () => !trial.system.isConnected, 10)
    expect(noticed).toBeLessThanOrEqual(4.5)
    expect(await trial.until('all is connected', () => trial.system.isConnected)).toBeLessThanOrEqual(3)
    await trial.seconds(60)
    expect(trial.whoRuns('web').split(' ')).toHaveLength(1)
  })
})

describe('when everything looks dead at once', PATIENT, () => {
  it('a cluster waits for a minute before it gives the first node up', async () => {
    await open('n1', 'n2', 'n3', 'n4')
    await trial.deploy('web', {}, { replicas: 4 })
    const before = trial.whoRuns('web')
    trial.cut('n1', 'n2', 'n3')
    await trial.seconds(57)
    expect([trial.whoRuns('web'), trial.starts]).toEqual([before, 4])
    await trial.until(
      'the last node has all of them',
      () =>
        trial
          .whoRuns('web')
          .split(' ')
          .filter((name) => name === 'n4').length === 4,
      10,
    )
  })

  it('and is back within that minute, nothing was moved', async () => {
    await open('n1', 'n2', 'n3', 'n4')
    await trial.deploy('web', {}, { replicas: 4 })
    const before = trial.whoRuns('web')
    trial.cut('n1', 'n2', 'n3', 'n4')
    await trial.seconds(40)
    trial.restore('n1', 'n2', 'n3', 'n4')
    await trial.seconds(120)
    expect([trial.whoRuns('web'), trial.starts]).toEqual([before, 4])
  })
})
