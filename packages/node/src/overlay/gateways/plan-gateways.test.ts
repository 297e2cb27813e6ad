import type { GatewayItem, ServiceTable } from '@oakestra/model'
import { expect, it } from 'vitest'
import { serviceTable } from '../../testing/overlay-samples.ts'
import { planGateways, portsOfInstances } from './plan-gateways.ts'

const table = (serviceId: string): ServiceTable =>
  serviceTable([], { serviceId, addresses: [{ policy: 'round-robin', v4: `10.30.0.${serviceId.length}`, v6: 'fdff:2000::1' }] })
const item = (serviceId: string, hostPort: number, host?: string): GatewayItem => ({
  serviceId,
  name: serviceId,
  ports: [{ hostPort, containerPort: 80, protocol: 'tcp' }],
  ...(host !== undefined && { host }),
})

it('ports go to the kernel, and hosts of one port to one front', () => {
  const items = [item('a', 80, 'a.example'), item('bb', 80, 'b.example'), item('ccc', 90)]
  const { entries, hosts, faults } = planGateways(items, ['a', 'bb', 'ccc'].map(table), new Map())
  expect(entries).toMatchObject([{ serviceId: 'ccc', v4: '10.30.0.3', v6: 'fdff:2000::1', ports: [{ hostPort: 90 }] }])
  expect([...(hosts.get(80) ?? [])]).toEqual([
    ['a.example', { serviceId: 'a', address: '10.30.0.1', port: 80 }],
    ['b.example', { serviceId: 'bb', address: '10.30.0.2', port: 80 }],
  ])
  expect(faults.size).toBe(0)
})

it('a host of a port has one service, and the port of an instance has no host', () => {
  const items = [item('a', 80, 'a.example'), item('bb', 80, 'a.example'), item('ccc', 90, 'c.example')]
  const taken = portsOfInstances([{ instanceId: 'i1', ports: [{ hostPort: 90, protocol: 'tcp' }] }])
  const { hosts, faults } = planGateways(items, ['a', 'bb', 'ccc'].map(table), taken)
  expect(hosts.get(80)?.get('a.example')?.serviceId).toBe('a')
  expect([...faults]).toEqual([
    ['bb', 'port 80/tcp cannot be published: another service for a.example has it'],
    ['ccc', 'port 90/tcp cannot be published: instance i1 has it'],
  ])
})

it('a service that is not known yet is not published', () => {
  const { entries, faults } = planGateways([item('a', 80)], [], new Map())
  expect([entries, [...faults.keys()]]).toEqual([[], ['a']])
})
