import { describe, expect, test } from 'vitest'
import { type GuestPlan, qemuArguments } from './command-line.ts'
import type { GuestNetwork } from './guest-network.ts'
import { kernelLine } from './kernel-line.ts'
import { planNamespace } from './namespace-plan.ts'
import { guestOptions } from './options.ts'

const NETWORK: GuestNetwork = {
  link: 'eth0',
  mtu: 1450,
  mac: '52:54:0a:12:00:02',
  v4: { address: '10.30.0.65', prefixLength: 16, netmask: '255.255.0.0', gateway: '10.30.0.1', others: ['10.18.0.2'] },
  v6: { address: 'fdff::41', prefixLength: 128, gateway: 'fe80::1', others: ['fc00::2'] },
}
const KERNEL = { format: 'multiboot', architecture: 'amd64', dialect: 'unikraft' } as const
const PLAN: GuestPlan = {
  name: 'a-b',
  kernel: KERNEL,
  machine: 'q35',
  accelerator: 'kvm',
  memoryMiB: 400,
  vcpus: 1,
  line: 'x=1',
  hasInitrd: true,
  hasFiles: true,
  hasDisk: false,
  network: NETWORK,
}

/** One option with its value per line. */
const text = (plan: GuestPlan) =>
  qemuArguments(plan)
    .join(' ')
    .split(/ (?=-)/)

describe("QEMU's command line", () => {
  test('of a unikernel with network and files, under KVM', () => {
    expect(text(PLAN)).toEqual([
      '-name guest=a-b,debug-threads=on',
      '-S',
      '-nodefaults',
      '-no-user-config',
      '-display none',
      '-machine q35,usb=off',
      '-accel kvm',
      '-cpu host',
      '-m 400M',
      '-smp 1',
      '-action reboot=shutdown,shutdown=pause,panic=pause',
      '-sandbox on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny',
      '-chardev socket,id=qmp,path=qmp.sock,server=on,wait=off',
      '-mon chardev=qmp,mode=control',
      '-add-fd fd=3,set=1',
      '-chardev file,id=console,path=/dev/fdset/1,append=on',
      '-serial chardev:console',
      '-chardev ringbuf,id=exit,size=64',
      '-device isa-serial,index=1,chardev=exit',
      '-device pvpanic',
      '-kernel kernel',
      '-initrd initrd',
      '-append x=1',
      '-netdev tap,id=net0,fd=4',
      '-device virtio-net-pci,netdev=net0,mac=52:54:0a:12:00:02,host_mtu=1450,romfile=',
      '-fsdev local,id=share0,path=files,security_model=none,multidevs=remap',
      '-device virtio-9p-pci,fsdev=share0,mount_tag=fs0',
      '-fsdev local,id=share1,path=files,security_model=none,multidevs=remap',
      '-device virtio-9p-pci,fsdev=share1,mount_tag=fs1',
    ])
  })

  test('has other devices on a machine without PCI, and emulates where it must', () => {
    const words = text({ ...PLAN, machine: 'microvm', accelerator: 'tcg' })
    expect(words).toContain('-machine microvm')
    expect(words.find((word) => word.startsWith('-accel'))).toContain('tcg')
    expect(words.filter((word) => word.includes('virtio')).map((word) => word.split(',')[0])).toEqual([
      '-device virtio-net-device',
      '-device virtio-9p-device',
      '-device virtio-9p-device',
    ])
  })

  test('has a disk where the image has a root file system, which its line names', () => {
    const words = text({ ...PLAN, hasDisk: true })
    expect(words.slice(-2)).toEqual([
      '-drive file=disk.img,if=none,id=root,format=raw,discard=unmap,detect-zeroes=unmap',
      '-device virtio-blk-pci,drive=root',
    ])
    expect(text({ ...PLAN, hasDisk: true, machine: 'microvm' }).at(-1)).toBe('-device virtio-blk-device,drive=root')
    const linux = { ...KERNEL, format: 'linux', dialect: 'linux' } as const
    const line = { kernel: linux, console: 'ttyS0', hasDisk: true, hostname: 'a', environment: [], command: [] }
    expect(kernelLine(line)).toBe('console=ttyS0 quiet panic=-1 root=/dev/vda rw')
  })

  test('of a guest without network, files and words has neither', () => {
    const { network: _, ...alone } = PLAN
    const words = text({ ...alone, hasFiles: false, hasInitrd: false, line: '' }).join(' ')
    expect(words).not.toMatch(/netdev|fsdev|-initrd|-append /)
  })
})

describe("a kernel's command line", () => {
  const line = {
    kernel: KERNEL,
    network: NETWORK,
    console: 'ttyS0',
    hasDisk: false,
    hostname: 'web-0',
    environment: ['A=b c'],
    command: ['', 'serve', '-p', '80'],
  }
  const OWN = 'console=ttyS0 quiet panic=-1'

  test.each([
    ['unikraft', 'netdev.ipv4_addr=10.30.0.65 netdev.ipv4_gw_addr=10.30.0.1 netdev.ipv4_subnet_mask=255.255.0.0 -- serve -p 80'],
    ['unikraft-ip', 'env.vars=[ A="b c" ] netdev.ip=10.30.0.65/16:10.30.0.1:::web-0: -- serve -p 80'],
    [
      'linux',
      `${OWN} A="b c" ip=10.30.0.65::10.30.0.1:255.255.0.0:web-0:eth0:off oak.ipv6=fdff::41/128 oak.ipv6_gateway=fe80::1 -- serve -p 80`,
    ],
  ] as const)('in the dialect %s', (dialect, expected) => {
    expect(kernelLine({ ...line, kernel: { ...KERNEL, dialect } })).toBe(expected)
  })

  test('is said in the dialect that the descriptor asks for, or not at all', () => {
    expect(kernelLine({ ...line, dialect: 'unikraft-ip' })).toContain('netdev.ip=')
    expect(kernelLine({ ...line, dialect: 'none' })).toBe('-- serve -p 80')
  })

  test('names who answers names, where the dialect has a word for it', () => {
    const said = (dialect: 'linux' | 'unikraft' | 'unikraft-ip') => kernelLine({ ...line, dialect, nameserver: '10.18.0.1' })
    expect(said('linux')).toContain(':web-0:eth0:off:10.18.0.1 ')
    expect(said('unikraft-ip')).toContain('netdev.ip=10.30.0.65/16:10.30.0.1:10.18.0.1::web-0:')
    expect(said('unikraft')).not.toContain('10.18.0.1')
  })

  test('is empty when there is nothing to say', () => {
    const { network: _, ...alone } = line
    expect(kernelLine({ ...alone, environment: [], command: [''] })).toBe('')
  })

  test.each([
    ['a"b', /cannot stand on a kernel's command line/],
    ['x'.repeat(3000), /2047 fit/],
  ])('does not take a command that cannot be said', (word, reason) => {
    expect(() => kernelLine({ ...line, command: [word] })).toThrow(reason)
  })
})

describe('the options of a descriptor', () => {
  test('are taken out of its environment', () => {
    expect(guestOptions(KERNEL, ['A=1', 'OAK_VM_MACHINE=microvm', 'OAK_VM_NETWORK=linux'])).toEqual({
      machine: 'microvm',
      dialect: 'linux',
      environment: ['A=1'],
    })
    expect(guestOptions(KERNEL, [])).toEqual({ machine: 'q35', environment: [] })
  })

  test('are refused when nobody knows them', () => {
    expect(() => guestOptions(KERNEL, ['OAK_VM_MACHINE=cray'])).toThrow('OAK_VM_MACHINE is one of q35, pc, microvm, not "cray"')
  })
})

describe("a guest's namespace", () => {
  test('routes the address of the instance to the guest, and translates the others to it', () => {
    const { routing, nft } = planNamespace(NETWORK)
    expect(routing.map(({ family, tolerant, strict }) => [family, ...tolerant, ...strict])).toEqual([
      [
        '-4',
        'rule del pref 10',
        'rule add to 10.30.0.65 pref 10 lookup 100',
        'rule add pref 100 lookup local',
        'rule del pref 0 lookup local',
        'link set tap0 mtu 1450 up',
        'route replace 10.30.0.65 dev tap0 table 100',
        'neigh replace 10.30.0.65 lladdr 52:54:0a:12:00:02 dev tap0 nud permanent',
      ],
      [
        '-6',
        'rule del pref 10',
        'rule add to fdff::41 pref 10 lookup 100',
        'rule add pref 100 lookup local',
        'rule del pref 0 lookup local',
        'link set tap0 mtu 1450 up',
        'addr replace fe80::1/64 dev tap0 nodad',
        'route replace fdff::41 dev tap0 table 100',
        'neigh replace fdff::41 lladdr 52:54:0a:12:00:02 dev tap0 nud permanent',
      ],
    ])
    expect(nft).toContain('iifname "eth0" ip daddr 10.18.0.2 dnat ip to 10.30.0.65')
    expect(nft).toContain('iifname "eth0" ip6 daddr fc00::2 dnat ip6 to fdff::41')
  })
})
