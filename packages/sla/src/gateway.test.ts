import { describe, expect, it } from 'vitest'
import { parseServices } from './parse.ts'

const read = (gateway: unknown) =>
  parseServices({ microservice_name: 'web', microservice_namespace: 'prod', virtualization: 'container', code: 'nginx', gateway })

describe('gateway', () => {
  it('says ports, host and nodes in our words', () => {
    const result = read({ ports: '8080:80', host: 'Shop.Example.org', nodes: ['edge1', ''], labels: ['zone=edge'] })
    expect(result.ok && result.value[0]?.gateway).toEqual({
      ports: [{ hostPort: 8080, containerPort: 80, protocol: 'tcp' }],
      host: 'shop.example.org',
      nodes: ['edge1'],
      labels: ['zone=edge'],
    })
  })

  it('is absent where nothing is asked for', () => {
    for (const nothing of [undefined, null]) {
      const result = read(nothing)
      expect(result.ok && result.value[0] && 'gateway' in result.value[0]).toBe(false)
    }
  })

  it.each([
    ['no ports', {}, 'gateway.ports'],
    ['an empty list of ports', { ports: '' }, 'gateway.ports'],
    ['a port beyond the last', { ports: '70000' }, 'gateway.ports'],
    ['a host that is none', { ports: '80', host: 'a b' }, 'gateway.host'],
    ['a host over UDP', { ports: '53/udp', host: 'a.example' }, 'gateway.ports'],
    ['a label without value', { ports: '80', labels: ['edge'] }, 'gateway.labels[0]'],
  ])('is refused with %s', (_what, gateway, path) => {
    const result = read(gateway)
    expect(result.ok ? [] : result.violations.map((violation) => violation.path)).toEqual([path])
  })

  it('notes a field that is almost one', () => {
    const result = read({ ports: '80', hosts: 'a.example' })
    expect(result.ok && result.notes.map(({ path }) => path)).toEqual(['gateway.hosts'])
  })
})
