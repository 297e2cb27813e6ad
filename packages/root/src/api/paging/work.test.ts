import { expect, test } from 'vitest'
import { createApiFixture, openRootStore } from '../testing/api-fixture.ts'
import { CountingStore } from '../testing/counting-store.ts'
import { service, sla } from '../testing/documents.ts'
import { fillStore } from '../testing/many-services.ts'

/** What one read and one write of each kind cost in documents, with so many services of others beside. */
async function costs(others: number): Promise<Record<string, number>> {
  const inner = await openRootStore()
  await fillStore(inner, { services: others, instances: 1, owner: 'somebody' })
  const store = new CountingStore(inner)
  await using fixture = await createApiFixture({}, store)
  const { call } = fixture
  const [application] = (await call('POST', '/api/application', sla('shop'))).json()
  const id = application.microservices[0]
  await call('POST', `/api/service/${id}/instance`)
  const deep = (await call('GET', '/api/services?limit=60')).headers['x-next-cursor']

  const measured: Record<string, number> = {}
  const measure = async (method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: object) => {
    const name = `${method} ${path
      .replaceAll(id, 'S')
      .replaceAll(application.applicationID, 'A')
      .replace(/cursor=.*/, 'cursor')}`
    measured[name] = await store.costOf(async () => expect((await call(method, path, body)).statusCode, name).toBe(200))
  }
  await measure('GET', `/api/service/${id}`)
  await measure('GET', `/api/service/${id}/instance/0`)
  await measure('GET', `/api/application/${application.applicationID}`)
  await measure('GET', `/api/services/${application.applicationID}`)
  await measure('GET', '/api/applications?limit=5')
  await measure('GET', '/api/services?limit=5')
  await measure('GET', `/api/services?limit=5&cursor=${deep}`)
  await measure('POST', '/api/application', sla('other'))
  await measure('POST', '/api/service', sla('shop', [service('more')], application.applicationID))
  await measure('POST', `/api/service/${id}/instance`)
  await measure('PUT', `/api/service/${id}/replicas`, { replicas: 2 })
  await measure('PUT', `/api/service/${id}`, service('web', { memory: 5 }))
  await measure('DELETE', `/api/service/${id}/instance/0`)
  await measure('DELETE', `/api/service/${id}`)
  return measured
}

test('what one call costs does not grow with the number of others', { timeout: 60_000 }, async () => {
  const [few, many] = [await costs(100), await costs(10_000)]
  expect(many).toEqual(few)
  // Five applications with their services are some fifty documents; a scan would be thousands.
  for (const [name, cost] of Object.entries(many)) expect(cost, name).toBeLessThan(100)
})
