import type { Clock, Logger } from '@oakestra/base'
import type { InsightfulNetwork } from '../network.ts'
import { sysctlPaths } from '../plan/plan-network.ts'
import { type KernelAccess, PlannedNetwork } from '../planned-network.ts'
import { act } from './act.ts'
import { ownAddresses } from './addresses.ts'
import { countTracked } from './conntrack.ts'
import { Machine } from './machine.ts'
import { NETLINK_NETFILTER, NetlinkSocket } from './netlink-socket.ts'
import { observeKernel } from './observe.ts'
import { observeHeard } from './observe-tables.ts'
import { occupiedPrefixes } from './occupied-prefixes.ts'
import { portKnowledge } from './port-knowledge.ts'
import { RouteWatch } from './route-watch.ts'

export interface KernelNetworkOptions {
  /** Tag of the node's place: names everything that is made, and finds it again. */
  readonly tag: string
  readonly logger: Logger
  readonly clock: Clock
  /** Path of a network namespace that plays the machine. Absent: the process's own. */
  readonly hostNetns?: string
}

/**
 * A network in the kernel of this machine; needs root. Nothing is opened or loaded before the first call that needs it.
 * @throws OakError `bad-request` when the tag is not five hex digits
 */
export function createKernelNetwork({ tag, logger, clock, hostNetns }: KernelNetworkOptions): InsightfulNetwork {
  return new PlannedNetwork({ tag, logger, clock, openKernel: () => openKernel({ tag, logger, clock, hostNetns }) })
}

type KernelOptions = Required<Omit<KernelNetworkOptions, 'hostNetns'>> & { readonly hostNetns: string | undefined }

async function openKernel({ tag, hostNetns, clock, logger }: KernelOptions): Promise<KernelAccess> {
  const machine = await Machine.open(hostNetns)
  const watches = new Set<RouteWatch>()
  return {
    observe: () => observeKernel(machine, tag, sysctlPaths(tag)),
    act: (step, config) => act(machine, tag, step, config),
    ports: (state) => portKnowledge(machine, tag, state),
    facts: () => ({ addresses: ownAddresses(machine.route) }),
    occupiedPrefixes: () => occupiedPrefixes(machine.route, tag),
    countUse: async (watched) => {
      using socket = machine.onHost(() => new NetlinkSocket(machine.libc, NETLINK_NETFILTER))
      return await countTracked(socket, watched)
    },
    heard: () => observeHeard(machine.nft, tag),
    watchRoutes: async (onChange) => {
      const watch = new RouteWatch({ machine, clock, logger, onChange })
      await watch.start()
      watches.add(watch)
      return () => {
        watches.delete(watch)
        watch[Symbol.dispose]()
      }
    },
    close: () => {
      for (const watch of watches) watch[Symbol.dispose]()
      machine[Symbol.dispose]()
    },
  }
}
