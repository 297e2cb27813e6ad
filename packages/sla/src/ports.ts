import type { PublishedPort } from './descriptor.ts'

/** What a `port` text must look like, for people. `reference/network.md` 6.6. */
export const PORTS_EXPECTED = 'entries host[:container][/tcp|/udp] separated by ";", ports 1 to 65535, for example 8080:80/tcp'

const ENTRY = /^([0-9]{1,5})(?::([0-9]{1,5}))?(?:\/(tcp|udp))?$/

/** The tunnel between nodes listens there. `reference/network.md` 6.6. */
const TUNNEL_PORT = 50103

/** More than this for one instance is a mistake, and each costs rules on the node. */
const PORTS_MAX = 256

export type PortsResult =
  | { readonly ok: true; readonly ports: readonly PublishedPort[] }
  | { readonly ok: false; readonly expected: string; readonly found: string }

/** Reads a list of published ports; empty text is an empty list. */
export function parsePorts(text: string): PortsResult {
  if (text === '') return { ok: true, ports: [] }
  const ports: PublishedPort[] = []
  const taken = new Set<string>()
  for (const entry of text.split(';')) {
    const port = parseEntry(entry)
    if (!port) return { ok: false, expected: PORTS_EXPECTED, found: entry }
    const problem = conflictOf(port, taken)
    if (problem) return { ok: false, expected: problem, found: entry }
    taken.add(`${port.hostPort}/${port.protocol}`)
    ports.push(port)
  }
  if (ports.length > PORTS_MAX) return { ok: false, expected: `at most ${PORTS_MAX} published ports`, found: `${ports.length}` }
  return { ok: true, ports }
}

function parseEntry(entry: string): PublishedPort | undefined {
  const match = ENTRY.exec(entry)
  if (!match) return undefined
  const hostPort = Number(match[1])
  const containerPort = match[2] === undefined ? hostPort : Number(match[2])
  if (![hostPort, containerPort].every((port) => port >= 1 && port <= 65_535)) return undefined
  return { hostPort, containerPort, protocol: match[3] === 'udp' ? 'udp' : 'tcp' }
}

function conflictOf(port: PublishedPort, taken: ReadonlySet<string>): string | undefined {
  if (port.hostPort === TUNNEL_PORT && port.protocol === 'udp') {
    return `another host port: ${TUNNEL_PORT}/udp carries the overlay between nodes`
  }
  if (taken.has(`${port.hostPort}/${port.protocol}`)) return `each host port once: ${port.hostPort}/${port.protocol} is listed twice`
  return undefined
}
