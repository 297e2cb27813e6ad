import type { KernelKind } from '../images/kernel-kind.ts'
import type { GuestNetwork } from './guest-network.ts'

export type Accelerator = 'kvm' | 'tcg'
/** QEMU's words. `microvm` has neither PCI nor firmware tables of old, and boots sooner what knows it. */
export type MachineType = 'q35' | 'pc' | 'microvm' | 'virt'

/** Files of an instance, relative to its directory, in which QEMU runs. */
export const FILE = {
  kernel: 'kernel',
  initrd: 'initrd',
  disk: 'disk.img',
  files: 'files',
  qmp: 'qmp.sock',
  said: 'qemu.log',
  record: 'instance.json',
} as const

/** Numbers of the open files that QEMU is started with, beside the usual three. */
export const DESCRIPTOR = { console: 3, tap: 4 } as const
/** Keeps what a guest says on its second serial port, until it is asked for. */
export const EXIT_CHANNEL = 'exit'
const EXIT_CHANNEL_BYTES = 64

export interface GuestPlan {
  /** Shown by `ps`, and how processes of this agent are found again. */
  readonly name: string
  readonly kernel: KernelKind
  readonly machine: MachineType
  readonly accelerator: Accelerator
  readonly memoryMiB: number
  readonly vcpus: number
  readonly line: string
  readonly hasInitrd: boolean
  readonly hasFiles: boolean
  /** Its root file system is a disk. */
  readonly hasDisk: boolean
  /** Absent: no network. */
  readonly network?: GuestNetwork
}

// Translated code of one guest: more is hardly faster, and is memory beyond what the descriptor asked for.
const TRANSLATION_MIB = 64
/** Upstream's tags (`reference/worker.md` 7.3): both lead to the same directory. */
const SHARE_TAGS = ['fs0', 'fs1'] as const

/** QEMU's arguments. It starts halted: nothing runs before somebody has written down that it does. Pure. */
export function qemuArguments(plan: GuestPlan): readonly string[] {
  const { name, kernel, memoryMiB, vcpus, line, hasInitrd } = plan
  const isX86 = kernel.architecture === 'amd64'
  return [
    ...['-name', `guest=${name},debug-threads=on`, '-S', '-nodefaults', '-no-user-config', '-display', 'none'],
    ...['-machine', machineText(plan), ...acceleratorText(plan), '-m', `${memoryMiB}M`, '-smp', String(vcpus)],
    // It halts instead of ending, so that whoever comes next can still ask how the guest ended.
    ...['-action', 'reboot=shutdown,shutdown=pause,panic=pause'],
    ...['-sandbox', 'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny'],
    ...['-chardev', `socket,id=qmp,path=${FILE.qmp},server=on,wait=off`, '-mon', 'chardev=qmp,mode=control'],
    ...[
      '-add-fd',
      `fd=${DESCRIPTOR.console},set=1`,
      '-chardev',
      'file,id=console,path=/dev/fdset/1,append=on',
      '-serial',
      'chardev:console',
    ],
    ...(isX86 ? exitChannel() : []),
    ...(isX86 ? ['-device', 'pvpanic'] : []),
    ...['-kernel', FILE.kernel, ...(hasInitrd ? ['-initrd', FILE.initrd] : []), ...(line ? ['-append', line] : [])],
    ...networkText(plan),
    ...sharesText(plan),
    ...diskText(plan),
  ]
}

/** Without the parts that nobody asked for there is less to attack. */
function machineText({ machine }: GuestPlan): string {
  return machine === 'microvm' || machine === 'virt' ? machine : `${machine},usb=off`
}

function acceleratorText({ accelerator }: GuestPlan): readonly string[] {
  return accelerator === 'kvm'
    ? ['-accel', 'kvm', '-cpu', 'host']
    : ['-accel', `tcg,thread=multi,tb-size=${TRANSLATION_MIB}`, '-cpu', 'max']
}

function exitChannel(): readonly string[] {
  return ['-chardev', `ringbuf,id=${EXIT_CHANNEL},size=${EXIT_CHANNEL_BYTES}`, '-device', `isa-serial,index=1,chardev=${EXIT_CHANNEL}`]
}

function networkText({ network, machine }: GuestPlan): readonly string[] {
  if (!network) return []
  const device = machine === 'microvm' ? 'virtio-net-device' : 'virtio-net-pci'
  // No boot from the network: its firmware is not even loaded.
  const rom = machine === 'microvm' ? '' : ',romfile='
  return [
    ...['-netdev', `tap,id=net0,fd=${DESCRIPTOR.tap}`],
    ...['-device', `${device},netdev=net0,mac=${network.mac},host_mtu=${network.mtu}${rom}`],
  ]
}

function diskText({ hasDisk, machine }: GuestPlan): readonly string[] {
  if (!hasDisk) return []
  const device = machine === 'microvm' ? 'virtio-blk-device' : 'virtio-blk-pci'
  // What the guest deletes is given back to the node.
  return ['-drive', `file=${FILE.disk},if=none,id=root,format=raw,discard=unmap,detect-zeroes=unmap`, '-device', `${device},drive=root`]
}

function sharesText({ hasFiles, machine }: GuestPlan): readonly string[] {
  if (!hasFiles) return []
  const device = machine === 'microvm' ? 'virtio-9p-device' : 'virtio-9p-pci'
  return SHARE_TAGS.flatMap((tag, index) => [
    ...['-fsdev', `local,id=share${index},path=${FILE.files},security_model=none,multidevs=remap`],
    ...['-device', `${device},fsdev=share${index},mount_tag=${tag}`],
  ])
}
