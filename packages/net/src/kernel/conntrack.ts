import { addressFromBytes, bytesOfAddress, FAMILIES, type Family, familyOf } from '../plan/addresses.ts'
import type { Flow } from '../plan/flows.ts'
import { ADDRESS_FAMILY } from './addresses.ts'
import { KernelError } from './libc.ts'
import { type Attributes, attribute, decodeAttributes, NESTED, type NetlinkMessage, nested, u32 } from './netlink-message.ts'
import type { NetlinkSocket } from './netlink-socket.ts'

/** linux/netfilter/nfnetlink_conntrack.h */
const SUBSYSTEM = 1 << 8
const GET = SUBSYSTEM | 1
const DELETE = SUBSYSTEM | 2
const NFGENMSG_BYTES = 4
const CTA = { original: 1, reply: 2, zone: 18, filter: 25 } as const
const TUPLE_IP = 1
const TUPLE = { v4: { source: 1, destination: 2 }, v6: { source: 3, destination: 4 } } as const
const FILTER_REPLY_FLAGS = 2
const FILTER_IP_SOURCE = 1

/** Up to so many addresses of a family are asked for one by one; each question walks the whole table (7 ms when empty). */
const QUESTIONS_MAX = 4

interface TrackedFlow {
  readonly flow: Flow
  readonly message: NetlinkMessage
}

/** Ends the tracked connections for which `isStale` says so; with addresses, only those answered by one of them are asked. */
export async function cutFlows(socket: NetlinkSocket, isStale: (flow: Flow) => boolean, addresses?: readonly string[]): Promise<void> {
  for (const family of FAMILIES) {
    const wanted = addresses?.filter((address) => familyOf(address) === family)
    for (const { flow, message } of await listFlows(socket, family, wanted)) if (isStale(flow)) remove(socket, message)
  }
}

/**
 * How many tracked connections concern each of these addresses. The list is read piece by piece on another thread, and
 * addresses are compared as bytes: with a hundred thousand connections, texts would take most of a second.
 */
export async function countTracked(socket: NetlinkSocket, addresses: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const names = new Map(addresses.map((address) => [keyOf(bytesOfAddress(address)), address]))
  const counts = new Map<string, number>()
  for (const family of FAMILIES) {
    const body = Buffer.from([ADDRESS_FAMILY[family], 0, 0, 0])
    for await (const messages of socket.dumpPieces('cannot list connections', GET, body)) {
      for (const message of messages) for (const name of namesOf(message, names)) counts.set(name, (counts.get(name) ?? 0) + 1)
    }
  }
  return counts
}

function keyOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
}

function namesOf(message: NetlinkMessage, names: ReadonlyMap<string, string>): ReadonlySet<string> {
  const ends = endsOf(message)
  return new Set(ends ? [ends.source, ends.destination, ends.answeredBy].flatMap((bytes) => names.get(keyOf(bytes)) ?? []) : [])
}

async function listFlows(socket: NetlinkSocket, family: Family, answeredBy?: readonly string[]): Promise<readonly TrackedFlow[]> {
  if (!answeredBy || answeredBy.length > QUESTIONS_MAX) return dumpFlows(socket, family, [])
  const answers: TrackedFlow[] = []
  for (const address of answeredBy) answers.push(...(await dumpFlows(socket, family, replySourceFilter(family, address))))
  return answers
}

/** A kernel before 5.8 overlooks the filter and lists everything, which is slower and no less right. */
async function dumpFlows(socket: NetlinkSocket, family: Family, filter: readonly Buffer[]): Promise<readonly TrackedFlow[]> {
  const body = Buffer.concat([Buffer.from([ADDRESS_FAMILY[family], 0, 0, 0]), ...filter])
  const messages = await socket.dumpLater('cannot list connections', GET, body)
  return messages.flatMap((message) => {
    const flow = decodeFlow(message)
    return flow ? [{ flow, message }] : []
  })
}

function replySourceFilter(family: Family, address: string): readonly Buffer[] {
  const ip = nested(TUPLE_IP | NESTED, attribute(TUPLE[family].source, bytesOfAddress(address)))
  return [nested(CTA.reply | NESTED, ip), nested(CTA.filter | NESTED, attribute(FILTER_REPLY_FLAGS, u32(FILTER_IP_SOURCE)))]
}

function decodeFlow(message: NetlinkMessage): Flow | undefined {
  const ends = endsOf(message)
  if (!ends) return undefined
  return {
    source: addressFromBytes(ends.source),
    destination: addressFromBytes(ends.destination),
    answeredBy: addressFromBytes(ends.answeredBy),
    answeredTo: addressFromBytes(ends.answeredTo),
  }
}

function endsOf({ body }: NetlinkMessage): Readonly<Record<keyof Flow, Buffer>> | undefined {
  const family = body[0] === ADDRESS_FAMILY.v4 ? 'v4' : 'v6'
  const attributes = decodeAttributes(body, NFGENMSG_BYTES)
  const [original, reply] = [addressesOf(attributes, CTA.original), addressesOf(attributes, CTA.reply)]
  const source = original.get(TUPLE[family].source)
  const destination = original.get(TUPLE[family].destination)
  const answeredBy = reply.get(TUPLE[family].source)
  const answeredTo = reply.get(TUPLE[family].destination)
  return source && destination && answeredBy && answeredTo && { source, destination, answeredBy, answeredTo }
}

function addressesOf(attributes: Attributes, direction: number): Attributes {
  const tuple = decodeAttributes(attributes.get(direction) ?? Buffer.alloc(0))
  return decodeAttributes(tuple.get(TUPLE_IP) ?? Buffer.alloc(0))
}

function remove(socket: NetlinkSocket, { body }: NetlinkMessage): void {
  const attributes = decodeAttributes(body, NFGENMSG_BYTES)
  const original = attributes.get(CTA.original) ?? Buffer.alloc(0)
  const zone = attributes.get(CTA.zone)
  const parts = [body.subarray(0, NFGENMSG_BYTES), attribute(CTA.original | NESTED, original), ...(zone ? [attribute(CTA.zone, zone)] : [])]
  try {
    socket.request('cannot end a connection', DELETE, 0, Buffer.concat(parts))
  } catch (thrown) {
    // It ended by itself since it was listed.
    if (!(thrown instanceof KernelError && thrown.is('ENOENT'))) throw thrown
  }
}
