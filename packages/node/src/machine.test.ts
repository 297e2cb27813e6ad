import { describe, expect, it } from 'vitest'
import { cpuTicks, memoryPercent, primaryAddress, thisMachine } from './machine.ts'

const address = (text: string, family: 'IPv4' | 'IPv6', internal = false) =>
  ({ address: text, netmask: '', mac: '', cidr: null, family, internal, scopeid: 0 }) as never

describe('the machine', () => {
  it('counts busy time without idling and waiting for disks', () => {
    expect(cpuTicks('cpu  100 5 20 800 50 1 4 0 0 0\ncpu0 …')).toEqual({ busyTicks: 130, totalTicks: 980 })
  })

  it('counts memory that can be had as free', () => {
    expect(memoryPercent('MemTotal:       1000 kB\nMemFree:  10 kB\nMemAvailable:    750 kB\n')).toBe(25)
    expect(memoryPercent('')).toBe(0)
  })

  it('is reached by its first outward address, IPv4 first', () => {
    const interfaces = {
      lo: [address('127.0.0.1', 'IPv4', true)],
      eth0: [address('fe80::1', 'IPv6'), address('2001:db8::1', 'IPv6'), address('192.0.2.1', 'IPv4')],
    }
    expect(primaryAddress(interfaces, '')).toBe('192.0.2.1')
    expect(primaryAddress({ lo: interfaces.lo }, '')).toBe('127.0.0.1')
  })

  it('is reached by the address of its default route, whatever links other programs made before', () => {
    const interfaces = {
      docker0: [address('172.17.0.1', 'IPv4')],
      wlan0: [address('192.0.2.7', 'IPv4')],
      eth0: [address('192.0.2.1', 'IPv4')],
    }
    const routes = [
      'Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT',
      'docker0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0',
      'wlan0\t00000000\t010200C0\t0003\t0\t0\t600\t00000000\t0\t0\t0',
      'eth0\t00000000\t010200C0\t0003\t0\t0\t100\t00000000\t0\t0\t0',
    ]
    expect(primaryAddress(interfaces, routes.join('\n'))).toBe('192.0.2.1')
    expect(primaryAddress(interfaces, '')).toBe('172.17.0.1')
  })

  it("is never reached by the bridge of a node's overlay", () => {
    expect(primaryAddress({ oak0a1b2: [address('10.18.0.1', 'IPv4')], eth0: [address('192.0.2.1', 'IPv4')] }, '')).toBe('192.0.2.1')
  })

  it('can be asked', async () => {
    const machine = thisMachine('/')
    expect(machine.vcpus).toBeGreaterThan(0)
    expect(await machine.storageFreeMiB()).toBeGreaterThan(0)
    expect((await machine.load()).totalTicks).toBeGreaterThan(0)
  })
})
