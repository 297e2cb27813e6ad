import { OakError } from '@oakestra/base'
import type { KernelKind, NetworkDialect } from '../images/kernel-kind.ts'
import type { MachineType } from './command-line.ts'

/** What a descriptor says about the machine, among the environment; upstream's descriptor has no other place for it. */
export interface GuestOptions {
  readonly machine: MachineType
  readonly dialect?: NetworkDialect | 'none'
  /** Without those that are for QEMU. */
  readonly environment: readonly string[]
}

const MACHINE = 'OAK_VM_MACHINE'
const NETWORK = 'OAK_VM_NETWORK'
const MACHINES_X86: readonly MachineType[] = ['q35', 'pc', 'microvm']
const DIALECTS: readonly (NetworkDialect | 'none')[] = ['linux', 'unikraft', 'unikraft-ip', 'none']

/**
 * Takes `OAK_VM_MACHINE` and `OAK_VM_NETWORK` out of the environment. Without them the kernel decides.
 * @throws OakError `bad-request` for words that are not known
 */
export function guestOptions(kernel: KernelKind, environment: readonly string[]): GuestOptions {
  const machines = kernel.architecture === 'amd64' ? MACHINES_X86 : (['virt'] as const)
  const [standard] = machines
  const dialect = chosen(environment, NETWORK, DIALECTS)
  return {
    machine: chosen(environment, MACHINE, machines) ?? standard ?? 'virt',
    ...(dialect && { dialect }),
    environment: environment.filter((entry) => !isOption(entry, MACHINE) && !isOption(entry, NETWORK)),
  }
}

function chosen<Word extends string>(environment: readonly string[], name: string, words: readonly Word[]): Word | undefined {
  const text = environment.findLast((entry) => isOption(entry, name))?.slice(name.length + 1)
  if (text === undefined) return undefined
  const word = words.find((one) => one === text)
  if (!word) throw new OakError('bad-request', `${name} is one of ${words.join(', ')}, not "${text}"`)
  return word
}

function isOption(entry: string, name: string): boolean {
  return entry.startsWith(`${name}=`)
}
