import type { GatewayRequest } from '@oakestra/sla'
import { expect, it } from 'vitest'
import { contestedPort, isChosenGateway } from './gateway.ts'

const gateway = (hostPort: number, changes: Partial<GatewayRequest> = {}): GatewayRequest => ({
  ports: [{ hostPort, containerPort: 80, protocol: 'tcp' }],
  nodes: [],
  labels: [],
  ...changes,
})

it('two gateways contest a port of the same protocol', () => {
  expect(contestedPort(gateway(80), gateway(80))).toBe('80/tcp')
  expect(contestedPort(gateway(80), gateway(81))).toBeUndefined()
  expect(contestedPort(gateway(80), { ...gateway(80), ports: [{ hostPort: 80, containerPort: 80, protocol: 'udp' }] })).toBeUndefined()
})

it('a port is shared by hosts, but not with whoever wants all of it', () => {
  expect(contestedPort(gateway(80, { host: 'a.example' }), gateway(80, { host: 'b.example' }))).toBeUndefined()
  expect(contestedPort(gateway(80, { host: 'a.example' }), gateway(80, { host: 'a.example' }))).toBe('80/tcp')
  expect(contestedPort(gateway(80, { host: 'a.example' }), gateway(80))).toBe('80/tcp')
})

it('gateways on nodes that cannot be the same contest nothing', () => {
  expect(contestedPort(gateway(80, { nodes: ['n1'] }), gateway(80, { nodes: ['n2'] }))).toBeUndefined()
  expect(contestedPort(gateway(80, { nodes: ['n1', 'n2'] }), gateway(80, { nodes: ['n2'] }))).toBe('80/tcp')
  expect(contestedPort(gateway(80, { labels: ['zone=a'] }), gateway(80, { labels: ['zone=b'] }))).toBeUndefined()
  expect(contestedPort(gateway(80, { labels: ['zone=a'] }), gateway(80, { labels: ['edge=b'] }))).toBe('80/tcp')
})

it('a node is chosen by its name and all labels', () => {
  const node = { name: 'n1', labels: ['edge=yes', 'zone=a'] }
  expect(isChosenGateway(gateway(80), node)).toBe(true)
  expect(isChosenGateway(gateway(80, { nodes: ['n2'] }), node)).toBe(false)
  expect(isChosenGateway(gateway(80, { nodes: ['n1'], labels: ['edge=yes', 'zone=a'] }), node)).toBe(true)
  expect(isChosenGateway(gateway(80, { labels: ['edge=no'] }), node)).toBe(false)
})
