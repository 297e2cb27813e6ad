import { OakError } from '@oakestra/base'
import type { ServiceTable } from '@oakestra/model'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { Scene } from '../testing/scene.ts'

const STOCK = {
  instances: [1, 2, 3, 4].map((n) => ({ v4: `10.30.128.${n}`, v6: `fdff:400::${n}` })),
  services: [1, 2].map((n) => ({ v4: `10.30.128.10${n}`, v6: `fdff:2400::${n}` })),
  numbersFrom: 3_000_000,
}
const ADDRESSING = { blocksV4: ['10.18.0.0/16'], blocksV6: ['fc00::/110'], stock: STOCK }
const service = (name: string) => ({
  microservice_name: name,
  microservice_namespace: 't',
  virtualization: 'container',
  code: 'x',
  memory: 600,
})
const APPLICATION = { application_name: 'site', application_namespace: 't', microservices: [service('web'), service('db')] }
const DOCUMENT = { sla_version: 'v2.0', customerID: 'Admin', applications: [APPLICATION] }

let scene: Scene
beforeEach(async () => {
  const tunnel = { port: 50_103 }
  scene = await Scene.open({ nodes: ['n1', 'n2'], facts: { n1: { tunnel, address: '192.0.2.1' }, n2: { tunnel, address: '192.0.2.2' } } })
  await scene.root.put({ id: 'addressing', kind: 'addressing', body: ADDRESSING })
  scene.root.answer = async () => {
    throw new OakError('unavailable', 'root has other worries')
  }
})
afterEach(() => scene[Symbol.asyncDispose]())

const changes = () => scene.cluster.local.changes
const tables = async (name: string) => {
  const bodies = Object.entries(await scene.node(name).told()).flatMap(([id, body]) =>
    id.startsWith('table.') ? [body as ServiceTable] : [],
  )
  return bodies
    .map((table) => `${table.name.service} ${table.instances.length}`)
    .sort()
    .join()
}

it('services that were made at this cluster know each other before root has heard of them, and until root says otherwise', async () => {
  let made: readonly string[] = []
  await scene.until('it is deployed', async () => {
    if (made.length === 0)
      made = await changes()
        .deploy(DOCUMENT, 'somebody')
        .catch(() => [])
    return made.length === 2
  })
  await scene.until('both nodes know both', async () => `${await tables('n1')} ${await tables('n2')}` === 'db 1,web 1 db 1,web 1')
  expect(Object.keys(await scene.node('n1').told())).toContain(`peer.${scene.node('n2').id}`)
  const told = await scene.node('n1').told()
  for (const serviceId of made) {
    const body = { ...(told[`table.${serviceId}`] as ServiceTable), instances: [] }
    await scene.root.put({ id: `table.${serviceId}`, kind: 'table', body })
  }
  await scene.until('root finds it too large', async () => `${await tables('n1')}${await tables('n2')}` === '')
})
