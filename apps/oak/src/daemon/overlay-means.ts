import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { type Logger, realClock, realRandom } from '@oakestra/base'
import { createResponder } from '@oakestra/dns'
import { createKernelSlowPath } from '@oakestra/net'
import { createHttpFront, createUdpProbes, type OverlayMeans } from '@oakestra/node'
import type { OakConfig } from '../config.ts'

const RESOLV_CONF = '/etc/resolv.conf'

/** What a node on this machine can use to be part of the overlay. */
export function overlayMeans({ node }: OakConfig, tag: string, logger: Logger): OverlayMeans {
  const clock = realClock
  return {
    tunnel: { port: node.tunnelPort, ...(node.address !== undefined && isIP(node.address) !== 0 && { address: node.address }) },
    probes: createUdpProbes(),
    openSlowPath: (resolve) => createKernelSlowPath({ tag, clock, logger, resolve }),
    openFront: createHttpFront(logger),
    openResponder: (addresses, zone) =>
      createResponder({ addresses, zone, forwardTo: machineResolvers, clock, random: realRandom, logger }),
  }
}

/** The machine's own resolvers, as they are now: networks change while a node runs. */
function machineResolvers(): readonly string[] {
  try {
    return nameservers(readFileSync(RESOLV_CONF, 'utf8'))
  } catch {
    return []
  }
}

/** Addresses of the `nameserver` lines of a resolv.conf(5). */
export function nameservers(text: string): readonly string[] {
  const found = [...text.matchAll(/^\s*nameserver\s+(\S+)/gm)].map(([, address = '']) => address)
  return found.filter((address) => isIP(address.split('%')[0] ?? '') !== 0)
}
