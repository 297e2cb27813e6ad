import { addressFromBytes, containsPrefix, hostPrefix } from '../plan/addresses.ts'
import { SEMANTIC_RANGE } from '../plan/family-words.ts'

const V4_HEADER_BYTES = 20
const V6_HEADER_BYTES = 40

/**
 * Where an IP packet wants to go, in canonical text; undefined for what is no packet to a service or instance address, such
 * as the multicasts that every link gets, and garbage. Reads nothing but the header.
 */
export function destinationOf(packet: Uint8Array): string | undefined {
  const version = (packet[0] ?? 0) >> 4
  if (version === 4 && packet.length >= V4_HEADER_BYTES) return inRange(packet.subarray(16, 20), SEMANTIC_RANGE.v4)
  if (version === 6 && packet.length >= V6_HEADER_BYTES) return inRange(packet.subarray(24, 40), SEMANTIC_RANGE.v6)
  return undefined
}

function inRange(bytes: Uint8Array, range: string): string | undefined {
  const address = addressFromBytes(bytes)
  return containsPrefix(range, hostPrefix(address)) ? address : undefined
}
