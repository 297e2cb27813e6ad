import type { KernelState } from '../plan/kernel-state.ts'
import { type HostPort, type PortKnowledge, portsInKernel } from '../plan/port-claims.ts'
import type { Machine } from './machine.ts'
import { observeOtherNodes } from './observe-tables.ts'
import { isPortBound } from './port-probe.ts'

/** What the kernel says about ports: where each of ours leads, and who else on the machine has one. */
export function portKnowledge(machine: Machine, tag: string, { tables }: KernelState): PortKnowledge {
  return { current: portsInKernel(tables), otherOwner: (port) => otherOwner(machine, tag, port) }
}

function otherOwner(machine: Machine, tag: string, port: HostPort): string | undefined {
  if (machine.onHost(() => isPortBound(machine.libc, port))) return 'a program of this machine'
  const other = observeOtherNodes(machine.nft, tag).find(({ table }) => portsInKernel([table]).has(port))
  return other && `node ${other.tag} on this machine`
}
