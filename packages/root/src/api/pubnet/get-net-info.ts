import { SIGNED_IN } from '../permission.ts'
import { defineRoute } from '../route.ts'
import { netInfoByAddress, netInfoByName, netInfoSchema } from './netinfo.ts'

export const getNetInfoByName = defineRoute({
  method: 'GET',
  path: '/api/pubnet/service/netinfo/:serviceName',
  tag: 'addresses',
  summary: 'Show the addresses of a service and of its instances',
  description: 'By its name `application.namespace.service.namespace`, with dots or with `_`. The lists are empty when there is none.',
  permission: SIGNED_IN,
  answer: netInfoSchema,
  handle: ({ store }, { actor, params }) => store.read((reader) => netInfoByName(reader, actor, params.serviceName)),
})

export const getNetInfoByAddress = defineRoute({
  method: 'GET',
  path: '/api/pubnet/service/netinfo/ip/:address',
  tag: 'addresses',
  summary: 'Show the service that has an address',
  description:
    'An address of the service or of one of its instances; the dots of IPv4 as they are or as `_`. The lists are empty when there is none.',
  permission: SIGNED_IN,
  answer: netInfoSchema,
  handle: ({ store }, { actor, params }) => store.read((reader) => netInfoByAddress(reader, actor, params.address)),
})
