import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { specOf } from '../testing/sample-spec.ts'
import { Scene } from '../testing/scene.ts'

const STOCK = {
  instances: [{ v4: '10.30.128.1', v6: 'fdff:400::1' }],
  services: [{ v4: '10.30.128.100', v6: 'fdff:2400::1' }],
  numbersFrom: 3_000_000,
}
const WEB = { microservice_name: 'web', microservice_namespace: 't', virtualization: 'container', code: 'x', memory: 10 }
const documentWith = (fields: object) => ({
  sla_version: 'v2.0',
  applications: [{ application_name: 'site', application_namespace: 't', microservices: [WEB], ...fields }],
})

let scene: Scene
beforeEach(async () => {
  scene = await Scene.open({ nodes: ['n1'] })
  await scene.root.put({
    id: 'addressing',
    kind: 'addressing',
    body: { blocksV4: ['10.18.0.0/16'], blocksV6: ['fc00::/110'], stock: STOCK },
  })
})
afterEach(() => scene[Symbol.asyncDispose]())

const desk = () => scene.cluster.local
const deploying = (fields: object) => async () => desk().changes.deploy(documentWith(fields), 'somebody')

describe('an isolated application', () => {
  it('is not made here, for only root knows whom it admits', async () => {
    const refused = { code: 'bad-request', message: expect.stringContaining('applications[0].isolated') }
    await expect(deploying({ isolated: true })()).rejects.toMatchObject(refused)
    expect(await desk().orders()).toEqual([])
  })

  it('gets no further service here, and further instances admit whom their siblings do', async () => {
    await scene.root.want(specOf('db-1', { jobName: 'site.t.db.t', admits: ['db', 'guest'] }))
    await scene.until('it is known', async () => (await desk().services()).length === 1)
    await expect(deploying({})()).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining('is isolated') })
    await scene.until('one more is asked for', () =>
      desk()
        .changes.addInstance('db', 'somebody')
        .then(
          () => true,
          () => false,
        ),
    )
    const admitted = () => [...scene.node('n1').running.values()].map(({ admits }) => admits?.join())
    await scene.until('both run', () => admitted().length === 2)
    expect(admitted()).toEqual(['db,guest', 'db,guest'])
  })
})
