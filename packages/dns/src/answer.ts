import dnsPacket, { type Answer, type Packet, type Question } from 'dns-packet'
import ipaddr from 'ipaddr.js'
import { addressOfReverseName, isInOverlay } from './reverse-name.ts'
import { OVERLAY_DOMAIN, type Zone } from './zone.ts'

// Tables change within a second; a client that keeps an address for longer than this would talk to the past.
const TTL_S = 5
// Response codes, RFC 1035 4.1.1.
const FORMAT_ERROR = 1
const SERVER_FAILURE = 2
const NXDOMAIN = 3
const NOT_IMPLEMENTED = 4

/** What is to be done with a question: say this, ask others, or nothing at all. */
export type Verdict = { readonly say: Packet } | 'forward' | 'drop'

/** Decides on one question by what this node knows. Pure; any bytes may come in. */
export function answerQuery(bytes: Uint8Array, zone: Zone): Verdict {
  const query = decode(bytes)
  // An answer is no question, and answering it could begin an endless exchange (RFC 5625 4.2).
  if (!query || query.type !== 'query') return 'drop'
  if ((((query.flags ?? 0) >> 11) & 0xf) !== 0) return { say: reply(query, NOT_IMPLEMENTED) }
  const [question, second] = query.questions ?? []
  if (!question || second) return { say: reply(query, FORMAT_ERROR) }
  const name = question.name.toLowerCase()
  if (name === OVERLAY_DOMAIN || name.endsWith(`.${OVERLAY_DOMAIN}`)) return { say: answerName(query, question, zone, name) }
  const reverse = addressOfReverseName(name)
  if (reverse && isInOverlay(reverse)) return { say: answerReverse(query, question, zone, reverse) }
  return 'forward'
}

/** For a question that nobody answered. */
export function failureOf(bytes: Uint8Array): Packet | undefined {
  const query = decode(bytes)
  return query && reply(query, SERVER_FAILURE)
}

export function encode(packet: Packet): Buffer {
  return dnsPacket.encode(packet)
}

function decode(bytes: Uint8Array): dnsPacket.DecodedPacket | undefined {
  try {
    return dnsPacket.decode(Buffer.from(bytes))
  } catch {
    return undefined
  }
}

function answerName(query: Packet, question: Question, zone: Zone, name: string): Packet {
  const found = zone.lookup(name)
  if (!found) return nothing(query, NXDOMAIN)
  const answers: Answer[] = []
  if (question.type === 'A' && found.v4) answers.push({ type: 'A', name: question.name, ttl: TTL_S, data: found.v4 })
  if (question.type === 'AAAA' && found.v6) answers.push({ type: 'AAAA', name: question.name, ttl: TTL_S, data: found.v6 })
  return answers.length > 0 ? { ...reply(query, 0), answers } : nothing(query, 0)
}

function answerReverse(query: Packet, question: Question, zone: Zone, address: { family: 4 | 6; parts: readonly number[] }): Packet {
  const { family, parts } = address
  const text = family === 4 ? parts.join('.') : new ipaddr.IPv6([...parts]).toString()
  const name = zone.nameOf(text)
  if (!name) return nothing(query, NXDOMAIN)
  if (question.type !== 'PTR') return nothing(query, 0)
  return { ...reply(query, 0), answers: [{ type: 'PTR', name: question.name, ttl: TTL_S, data: name }] }
}

/** "Nothing", with the record that says for how long it may be believed (RFC 2308). */
function nothing(query: Packet, code: number): Packet {
  const soa = {
    mname: `ns.${OVERLAY_DOMAIN}`,
    rname: `nobody.${OVERLAY_DOMAIN}`,
    serial: 1,
    refresh: 60,
    retry: 60,
    expire: 60,
    minimum: TTL_S,
  }
  return { ...reply(query, code), authorities: [{ type: 'SOA', name: OVERLAY_DOMAIN, ttl: TTL_S, data: soa }] }
}

function reply(query: Packet, code: number): Packet {
  const wantsRecursion = (query.flags ?? 0) & dnsPacket.RECURSION_DESIRED
  const flags = dnsPacket.AUTHORITATIVE_ANSWER | dnsPacket.RECURSION_AVAILABLE | wantsRecursion | code
  return { type: 'response', id: query.id ?? 0, flags, questions: [...(query.questions ?? [])] }
}
