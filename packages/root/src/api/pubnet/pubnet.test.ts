import { afterEach, beforeEach, expect, test } from 'vitest'
import { type ApiFixture, createApiFixture } from '../testing/api-fixture.ts'
import { expectError, service, sla } from '../testing/documents.ts'

const PATH = '/api/pubnet/service/netinfo'
const ROLES = { roles: ['Application_Provider'] as const }
const NOTHING = { service_job_id: '', service_ip_list: [], instance_list: [] }

let fixture: ApiFixture
beforeEach(async () => {
  fixture = await createApiFixture()
})
afterEach(() => fixture[Symbol.asyncDispose]())

async function deploy(name: string, changes: object = {}, as = 'Admin') {
  const made = await fixture.call('POST', '/api/application', sla(name, [service('web', changes)]), { as, ...ROLES })
  return made.json().at(-1) as { applicationID: string; microservices: [string] }
}

const get = async (path: string, as = 'Admin') => (await fixture.call('GET', `${PATH}/${path}`, undefined, { as, ...ROLES })).json()

test('the addresses of a service are found by its name, with dots or without', async () => {
  const { applicationID, microservices } = await deploy('shop', { addresses: { rr_ip: '10.30.77.10', rr_ip_v6: 'fdff:2000::77' } })
  await fixture.call('POST', `/api/service/${microservices[0]}/instance`)
  const info = await get('shop_t_web_t')
  expect(info).toEqual({
    applicationID,
    app_name: 'shop',
    app_ns: 't',
    service_name: 'web',
    service_ns: 't',
    service_job_id: microservices[0],
    service_ip_list: [{ Address: '10.30.77.10', Address_v6: 'fdff:2000::77', IpType: 'RR' }],
    instance_list: [
      {
        cluster_id: null,
        instance_number: 0,
        instance_ip: expect.stringMatching(/^10\.30\./),
        instance_ip_v6: expect.stringMatching(/^fdff:/),
      },
    ],
  })
  expect(await get('shop.t.web.t')).toEqual(info)
  expect(await get('ip/10_30_77_10')).toEqual(info)
  expect(await get('ip/10.30.77.10')).toEqual(info)
  expect(await get('ip/FDFF:2000:0:0::77')).toEqual(info)
  expect(await get(`ip/${info.instance_list[0].instance_ip_v6}`)).toEqual(info)
})

test('of what is not there, and of what is others, nothing is said', async () => {
  await deploy('shop', { addresses: { rr_ip: '10.30.77.10' } })
  for (const path of ['shop_t_db_t', 'x', 'ip/10_30_77_11', 'ip/192_0_2_1', 'ip/moon']) expect(await get(path), path).toMatchObject(NOTHING)
  expect(await get('shop_t_web_t', 'dev')).toMatchObject(NOTHING)
  expect(await get('ip/10_30_77_10', 'dev')).toMatchObject(NOTHING)
})

test('two users may have applications of one name, and each finds the own', async () => {
  await deploy('shop', {}, 'alice')
  const mine = await deploy('shop', {}, 'bob')
  expect(await get('shop_t_web_t', 'bob')).toMatchObject({ service_job_id: mine.microservices[0] })
})

test('free addresses are suggested that a descriptor may then have', async () => {
  const { available_service_ips: suggested } = await get('available-ip/3')
  expect(suggested).toHaveLength(3)
  expect(suggested[0]).toEqual({ Address: expect.stringMatching(/^10\.30\.\d+\.\d+$/), Address_v6: null, IpType: 'IPv4' })
  const [v6] = (await get('available-ip/1?v=6')).available_service_ips
  expect(v6).toEqual({ Address: null, Address_v6: expect.stringMatching(/^fdff:2000::/), IpType: 'IPv6' })
  await deploy('shop', { addresses: { rr_ip: suggested[1].Address, rr_ip_v6: v6.Address_v6 } })
  const later = (await get('available-ip/3?v=4')).available_service_ips.map(({ Address }: { Address: string }) => Address)
  expect(later).not.toContain(suggested[1].Address)
  expect(later).toContain(suggested[0].Address)
  expect((await get('available-ip/')).available_service_ips).toHaveLength(1)
})

test('no address is suggested that root is about to give out by itself', async () => {
  const [suggested] = (await get('available-ip/1')).available_service_ips
  for (const name of ['a', 'b', 'c']) await deploy(name)
  expect(await get(`ip/${suggested.Address}`)).toMatchObject(NOTHING)
})

test('a number that is none is refused', async () => {
  for (const count of ['x', '0', '-1', '101', '1.5']) {
    expectError(await fixture.call('GET', `${PATH}/available-ip/${count}`), 400, 'from 1 to 100')
  }
  expectError(await fixture.call('GET', `${PATH}/available-ip?v=5`), 400, '4 or 6')
})
