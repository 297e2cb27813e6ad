import { expect, it } from 'vitest'
import type { GatewayEntry } from '../network.ts'
import { sampleAttachment, sampleInput, samplePeer, samplePlace, sampleService } from '../testing/sample-input.ts'
import { isStaleFlow, lostTargets } from './flows.ts'
import { settleGateClaims } from './gate-claims.ts'
import { planNetwork } from './plan-network.ts'
import { GATE_OWNER, type HostPort } from './port-claims.ts'

const gateway = (hostPort: number, number = 1): GatewayEntry => ({
  serviceId: `service${number}`,
  name: `service ${number}`,
  v4: `10.30.1.${number}`,
  ports: [{ hostPort, containerPort: 80, protocol: 'tcp' }],
})
const place = { ...samplePlace('a1b2c'), tunnel: { port: 50_103 } }
const input = sampleInput('a1b2c', {
  place,
  peers: [samplePeer(1, '192.0.2.2', [1])],
  services: [{ ...sampleService(1, [1]), targets: [...sampleService(1, [1]).targets, ...sampleService(1, [1], 1).targets] }],
})

function rulesIn(chain: string, gateways: readonly GatewayEntry[]): readonly string[] {
  const [inet] = planNetwork({ ...input, gateways }).tables
  return inet?.chains.find(({ name }) => name === chain)?.rules ?? []
}

it('a gate leads to instances here by their namespace addresses, and to others by their own', () => {
  expect(rulesIn('at_tcp_9090_v4', [gateway(9090)])).toEqual([
    'meta l4proto tcp dnat ip to numgen inc mod 2 map { 0 : 10.18.0.2, 1 : 10.30.0.65 } : 80',
  ])
  expect(rulesIn('arriving', [gateway(9090)])).toContain('meta nfproto ipv4 fib daddr type local tcp dport vmap @gates_tcp_v4')
  expect(rulesIn('sources', [gateway(9090)])).toContain(
    'oifname "otun-a1b2c" ct status dnat ct original ip daddr != 10.30.0.0/16 snat ip to 10.18.0.1',
  )
})

it('without gates, and for a service without instances, nothing is translated', () => {
  expect(rulesIn('arriving', []).join()).not.toContain('gates')
  expect(rulesIn('at_tcp_9090_v4', [gateway(9090, 7)])).toEqual([])
})

it('connections through a gate end with their instance, or with the gate', () => {
  const [before, after] = [planNetwork({ ...input, gateways: [gateway(9090)] }), planNetwork(input)]
  expect(lostTargets(before.flows, after.flows)).toContain('10.30.0.65')
  const flow = { source: '192.0.2.9', destination: '192.0.2.1', answeredBy: '10.30.0.65', answeredTo: '10.18.0.1' }
  expect([isStaleFlow(before.flows, flow), isStaleFlow(after.flows, flow)]).toEqual([false, true])
  expect(isStaleFlow(after.flows, { ...flow, answeredTo: '192.0.2.9' })).toBe(false)
})

it('a port that somebody has is refused with the name of the owner', () => {
  const instance = sampleAttachment(2, [{ hostPort: 80, containerPort: 80, protocol: 'tcp' }])
  const ports = { current: new Map<HostPort, string>([['81/tcp', GATE_OWNER]]), otherOwner: () => undefined }
  const { accepted, refused } = settleGateClaims([gateway(80, 1), gateway(81, 2), gateway(81, 3)], [instance], ports)
  expect(accepted.map(({ serviceId }) => serviceId)).toEqual(['service2'])
  expect([...refused.values()]).toEqual([
    `port 80/tcp cannot be published: instance ${instance.instanceId} has it`,
    'port 81/tcp cannot be published: service 2 has it',
  ])
  const program = { current: new Map<HostPort, string>(), otherOwner: () => 'a program of this machine' }
  expect([...settleGateClaims([gateway(80)], [], program).refused.values()]).toEqual([
    'port 80/tcp cannot be published: a program of this machine has it',
  ])
})
