import fc from 'fast-check'
import { expect, test } from 'vitest'
import { PORTS_EXPECTED, parsePorts } from './ports.ts'

test.each([
  ['', []],
  ['80', [{ hostPort: 80, containerPort: 80, protocol: 'tcp' }]],
  [
    '8080:80/tcp;53/udp',
    [
      { hostPort: 8080, containerPort: 80, protocol: 'tcp' },
      { hostPort: 53, containerPort: 53, protocol: 'udp' },
    ],
  ],
  [
    '53:53;53:53/udp',
    [
      { hostPort: 53, containerPort: 53, protocol: 'tcp' },
      { hostPort: 53, containerPort: 53, protocol: 'udp' },
    ],
  ],
  ['50103:50103/tcp', [{ hostPort: 50103, containerPort: 50103, protocol: 'tcp' }]],
  ['1:50103/udp', [{ hostPort: 1, containerPort: 50103, protocol: 'udp' }]],
])('reads %j', (text, ports) => {
  expect(parsePorts(text)).toEqual({ ok: true, ports })
})

test.each(['0:80', '80:0', '65536', '80-90', '10.0.0.1:80:80', '80/sctp', '80;', ' 80', '80: 80', '80,81', '-1', 'http'])(
  'refuses %j',
  (text) => {
    expect(parsePorts(text)).toMatchObject({ ok: false, expected: PORTS_EXPECTED })
  },
)

test('refuses the port of the tunnel and a host port twice', () => {
  expect(parsePorts('50103/udp')).toMatchObject({ ok: false, expected: expect.stringContaining('carries the overlay') })
  expect(parsePorts('80:80;80:81/tcp')).toMatchObject({ ok: false, expected: expect.stringContaining('listed twice'), found: '80:81/tcp' })
})

test('never throws, and what it accepts has ports in range', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9:;/tcpud]{0,30}$/)), (text) => {
      const result = parsePorts(text)
      if (result.ok) for (const port of result.ports) expect(Math.min(port.hostPort, port.containerPort)).toBeGreaterThan(0)
    }),
  )
})
