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
    expect(primaryAddress(interfaces)).toBe('192.0.2.1')
    expect(primaryAddress({ lo: interfaces.lo })).toBe('127.0.0.1')
  })

  it('can be asked', async () => {
    const machine = thisMachine('/')
    expect(machine.vcpus).toBeGreaterThan(0)
    expect(await machine.storageFreeMiB()).toBeGreaterThan(0)
    expect((await machine.load()).totalTicks).toBeGreaterThan(0)
  })
})
