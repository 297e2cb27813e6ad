import type { Server } from 'node:net'
import { primaryAddress } from '@oakestra/node'

/**
 * The addresses that a join token names for a listener. One that listens everywhere is reached from other machines by
 * the machine's own address and from this one by loopback too, which goes on working when the network changes.
 */
export function advertise(host: string, port: number): readonly string[] {
  const hosts = isEverywhere(host) ? [primaryAddress(), '127.0.0.1'] : [host]
  return [...new Set(hosts)].map((address) => endpoint(address, port))
}

/** Where a listener of this process answers to this machine. */
export function localAddress(host: string, port: number): string {
  return endpoint(isEverywhere(host) ? '127.0.0.1' : host, port)
}

/** The port a listening server got; undefined when it does not listen on one. */
export function boundPort(server: Pick<Server, 'address'>): number | undefined {
  const address = server.address()
  return typeof address === 'object' && address ? address.port : undefined
}

function isEverywhere(host: string): boolean {
  return host === '0.0.0.0' || host === '::'
}

function endpoint(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}
