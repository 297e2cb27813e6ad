import { VirtualClock } from '@oakestra/base/testing'
import type { FastifyInstance, InjectOptions } from 'fastify'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createClusterApi } from '../api.ts'
import { Scene } from '../testing/scene.ts'

const TOKEN = 'correct-token'

let scene: Scene
let api: FastifyInstance
beforeEach(async () => {
  scene = await Scene.open({ nodes: ['n1', 'n2'] })
  const deps = { id: 'c'.repeat(24), name: 'c1', version: 'test', isConnected: () => true, local: scene.cluster.local }
  api = createClusterApi({ ...deps, localToken: TOKEN, clock: new VirtualClock() })
})
afterEach(async () => {
  await api.close()
  await scene[Symbol.asyncDispose]()
})

const call = (method: NonNullable<InjectOptions['method']>, path: string, payload?: object) =>
  api.inject({ method, url: `/api/v1${path}`, headers: { authorization: `Bearer ${TOKEN}` }, ...(payload && { payload }) })
const get = async (path: string) => (await call('GET', path)).json()

describe('the resource abstractor of a cluster', () => {
  it('is for whoever has the token', async () => {
    for (const path of ['resources', 'jobs', 'hooks']) expect((await api.inject(`/api/v1/${path}`)).statusCode).toBe(401)
  })

  it('shows nodes as candidates, by name, address and activity, with what is asked for besides', async () => {
    const all = await get('/resources/')
    expect(all.map(({ candidate_name }: { candidate_name: string }) => candidate_name).toSorted()).toEqual(['n1', 'n2'])
    expect(all[0]).toMatchObject({ vcpus: expect.any(Number), virtualization: expect.any(Array), cpu_history: [] })
    expect(all[0]).not.toHaveProperty('active')
    expect(await get('/resources?candidate_name=n2&active=true&resources=active,labels')).toMatchObject([{ active: true, labels: [] }])
    expect(await get('/resources?ip=203.0.113.9')).toEqual([])
    expect(await get(`/resources/${all[0]._id}`)).toEqual(all[0])
    expect((await call('GET', '/resources/nobody')).statusCode).toBe(404)
  })

  it('changes what an operator says about a node, and nothing that it reports', async () => {
    const [{ _id }] = await get('/resources?candidate_name=n1')
    expect((await call('PATCH', `/resources/${_id}`, { cordoned: true })).json()).toMatchObject({ cordoned: true })
    expect((await call('PATCH', `/resources/${_id}`, { cpu_percent: 1 })).json()).toMatchObject({ code: 405, status: 'Method Not Allowed' })
    expect((await call('PATCH', '/resources/nobody', { cordoned: true })).statusCode).toBe(404)
  })

  it('shows what runs here as jobs, one by one and instance by instance', async () => {
    await scene.running('web-0')
    const [job] = await get('/jobs/')
    expect(job).toMatchObject({
      job_name: expect.stringContaining('.'),
      instance_list: [{ instance_number: 0, status: expect.any(String) }],
    })
    expect(await get(`/jobs?job_name=${job.job_name}`)).toHaveLength(1)
    expect(await get('/jobs?job_name=nobody')).toEqual([])
    expect((await get(`/jobs/${job.microserviceID}/0`)).instance_list).toHaveLength(1)
    expect((await call('GET', `/jobs/${job.microserviceID}/7`)).statusCode).toBe(404)
    expect((await call('GET', '/jobs/nobody')).statusCode).toBe(404)
    const [node] = await get(`/resources?job_id=${job.microserviceID}`)
    expect(node._id).toBe(job.instance_list[0].worker_id)
  })

  it('says of what is written elsewhere where that is', async () => {
    for (const [method, path, instead] of [
      ['POST', '/resources', 'oak node join-token'],
      ['DELETE', '/resources/x', '/api/clusters/'],
      ['POST', '/jobs', '/api/local'],
      ['PATCH', '/jobs/x', '/api/local'],
      ['DELETE', '/jobs/x/0', '/api/local'],
      ['GET', '/hooks', 'root'],
      ['POST', '/custom-resources/lamp', 'root'],
      ['GET', '/applications/', 'root'],
    ] as const) {
      const answer = await call(method, path, method === 'GET' ? undefined : {})
      expect([path, answer.statusCode, answer.json().message]).toEqual([path, 405, expect.stringContaining(instead)])
    }
  })
})
