import type { RecordedEvent } from '@oakestra/model'
import type { LightMyRequestResponse } from 'fastify'
import { afterEach, describe, expect, it } from 'vitest'
import { Scene } from '../testing/scene.ts'

let scene: Scene
afterEach(() => scene[Symbol.asyncDispose]())

const open = async () => (scene = await Scene.open({ clusters: { c1: 2_000, c2: 1_000 } }))
const restart = (serviceId: string, body?: object, number = 0): Promise<LightMyRequestResponse> =>
  scene.call('POST', `/api/service/${serviceId}/instance/${number}/restart`, body)
const asked = (answer: LightMyRequestResponse) => answer.json<{ restarts_asked: number }>().restarts_asked
const specOf = (id: string) => scene.cluster('c1').running.get(id)

describe('a restart that is asked for', () => {
  it('is a count that goes down with everything else that is wanted of the instance', async () => {
    await open()
    const { id, serviceId } = await scene.running('web')
    const before = specOf(id)
    expect(before).not.toHaveProperty('restartsAsked')
    expect(asked(await restart(serviceId))).toBe(1)
    await scene.until('its cluster knows', () => specOf(id)?.restartsAsked === 1)
    expect(specOf(id)).toEqual({ ...before, restartsAsked: 1 })
    await scene.until('it is said to be done', async () => (await scene.seen(serviceId)).restarts_asked === 1)
    expect(asked(await restart(serviceId))).toBe(2)
    expect(await scene.instance(id)).toMatchObject({ restart: { asked: 2 } })
  })

  it('is an event with who asked and why, and another when it happened', async () => {
    await open()
    const { serviceId } = await scene.running('web')
    await restart(serviceId, { reason: 'the certificate is new' })
    await scene.until('it is said to be done', async () => (await scene.seen(serviceId)).restarts_asked === 1)
    const query = `service=${serviceId}&kind=instance.restarting,instance.restarted`
    const events = (await scene.call('GET', `/api/events?${query}`)).json<readonly RecordedEvent[]>()
    expect(events).toMatchObject([
      { kind: 'instance.restarted', actor: { kind: 'node' }, details: { restarts: 1, asked: true } },
      { kind: 'instance.restarting', actor: { kind: 'user', name: 'Admin' }, reason: 'the certificate is new', instanceNumber: 0 },
    ])
  })

  it('waits for a cluster that is away, also over a restart of root', async () => {
    await open()
    const { id, serviceId } = await scene.running('web')
    scene.cut('c1')
    expect((await restart(serviceId)).statusCode).toBe(200)
    await scene.stopRoot()
    await scene.startRoot()
    await scene.clock.advance(20_000)
    expect(specOf(id)).not.toHaveProperty('restartsAsked')
    scene.restore('c1')
    await scene.until('its cluster knows', () => specOf(id)?.restartsAsked === 1)
  })

  it('is more than what was asked for before this store was restored', async () => {
    await open()
    const { id, serviceId } = await scene.running('web')
    scene.cluster('c1').say(id, { restartsAsked: 7 })
    await scene.until('it is known', async () => (await scene.seen(serviceId)).restarts_asked === 7)
    expect(asked(await restart(serviceId))).toBe(8)
  })

  it('is refused, with the reason, where there is nothing to start again', async () => {
    await open()
    const { serviceId: once } = await scene.running('once', { one_shot: true })
    expect((await restart(once)).json()).toMatchObject({ code: 409, message: expect.stringContaining('runs once') })
    const { id, serviceId: never } = await scene.running('never', { restart: 'never' })
    scene.cluster('c1').say(id, { state: 'failed', exitCode: 1 })
    await scene.until('it is known', async () => (await scene.seen(never)).status === 'FAILED')
    expect((await restart(never)).json()).toMatchObject({ code: 409, message: expect.stringContaining('ended for good') })
    const huge = await scene.serve('huge', { memory: 90_000 })
    await scene.deploy(huge)
    expect((await restart(huge)).json()).toMatchObject({ code: 409, message: expect.stringContaining('no place yet') })
    expect((await restart(huge, undefined, 5)).statusCode).toBe(404)
    const { serviceId: web } = await scene.running('web')
    expect((await restart(web, { reason: 'x'.repeat(201) })).statusCode).toBe(400)
    scene.cluster('c1').isStubborn = true
    await scene.call('DELETE', `/api/service/${web}/instance/0`)
    expect((await restart(web)).json()).toMatchObject({ code: 409, message: expect.stringContaining('being removed') })
  })
})
