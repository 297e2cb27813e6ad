import { OakError } from '@oakestra/base'
import { z } from 'zod'
import { ROUND_ROBIN_V6_POOL, V4_POOL } from '../../addresses/address-pool.ts'
import { suggestAddresses } from '../../addresses/suggest.ts'
import type { ApiContext } from '../deps.ts'
import { contextOf } from '../operation-context.ts'
import { SIGNED_IN } from '../permission.ts'
import { defineRoute } from '../route.ts'

/** A descriptor with more services than this has other troubles. */
const COUNT_MAX = 100

const query = z.object({
  v: z.enum(['4', '6'], { error: '4 or 6' }).optional().describe('IPv4, which is the default, or IPv6.'),
})

const answer = z
  .object({
    available_service_ips: z.array(
      z.object({ Address: z.string().nullable(), Address_v6: z.string().nullable(), IpType: z.enum(['IPv4', 'IPv6']) }),
    ),
  })
  .meta({ id: 'AvailableAddresses' })

const about = {
  method: 'GET',
  tag: 'addresses',
  description: 'For `rr_ip` and `rr_ip_v6` of a descriptor. Nothing is reserved: the first who deploys with one has it.',
  permission: SIGNED_IN,
  query,
  answer,
} as const

export const getAvailableAddress = defineRoute({
  ...about,
  path: '/api/pubnet/service/netinfo/available-ip',
  summary: 'Suggest a free service address',
  handle: (deps, call) => available(deps, call.query.v, 1),
})

export const getAvailableAddresses = defineRoute({
  ...about,
  path: '/api/pubnet/service/netinfo/available-ip/:count',
  summary: 'Suggest free service addresses',
  handle: (deps, call) => available(deps, call.query.v, countOf(call.params.count)),
})

async function available(deps: ApiContext, version: '4' | '6' | undefined, count: number): Promise<z.infer<typeof answer>> {
  const isV6 = version === '6'
  const pool = isV6 ? ROUND_ROBIN_V6_POOL : V4_POOL
  const found = await deps.store.read((reader) => suggestAddresses(reader, pool, count, contextOf(deps)))
  return { available_service_ips: found.map((address) => (isV6 ? v6(address) : v4(address))) }
}

function v4(address: string) {
  return { Address: address, Address_v6: null, IpType: 'IPv4' } as const
}

function v6(address: string) {
  return { Address: null, Address_v6: address, IpType: 'IPv6' } as const
}

function countOf(text: string): number {
  const count = /^\d{1,3}$/.test(text) ? Number(text) : Number.NaN
  if (count >= 1 && count <= COUNT_MAX) return count
  throw new OakError('bad-request', `the number of addresses is a whole number from 1 to ${COUNT_MAX}`)
}
