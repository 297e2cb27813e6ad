import type { KernelState } from '../plan/kernel-state.ts'
import type { HostPort, PortKnowledge } from '../plan/port-claims.ts'
import type { Machine } from './machine.ts'
import { observeMap, otherNodesTables } from './observe-tables.ts'
import { isPortBound } from './port-probe.ts'

const PROTOCOLS = ['tcp', 'udp'] as const

/** What the kernel says about ports: where each of ours leads, and who else on the machine has one. */
export function portKnowledge(machine: Machine, tag: string, { tables }: KernelState): PortKnowledge {
  const sets = tables.flatMap((table) => table.sets)
  const current = new Map(
    PROTOCOLS.flatMap((protocol) => {
      const elements = sets.find(({ name }) => name === `${protocol}_v4`)?.elements ?? []
      return elements.map((element) => claimOf(element, protocol))
    }),
  )
  return { current, otherOwner: (port) => otherOwner(machine, tag, port) }
}

/** From `8080 : 10.18.0.2 . 80`. */
function claimOf(element: string, protocol: 'tcp' | 'udp'): readonly [HostPort, string] {
  const [hostPort, , address = ''] = element.split(' ')
  return [`${Number(hostPort)}/${protocol}`, address]
}

function otherOwner(machine: Machine, tag: string, port: HostPort): string | undefined {
  if (machine.onHost(() => isPortBound(machine.libc, port))) return 'a program of this machine'
  const [number, protocol] = port.split('/')
  const table = otherNodesTables(machine.nft, tag).find((name) =>
    observeMap(machine.nft, name, `${protocol}_v4`).some((element) => element.startsWith(`${number} `)),
  )
  return table && `node ${table.replace('oak_', '')} on this machine`
}
