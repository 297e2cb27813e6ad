/** Reading and writing netlink messages (man 7 netlink). Little-endian machines only, as are all that Node.js has builds for. */

export interface NetlinkMessage {
  readonly type: number
  readonly flags: number
  readonly sequence: number
  readonly body: Buffer
}

export type Attributes = ReadonlyMap<number, Buffer>

const HEADER_BYTES = 16
const ATTRIBUTE_HEADER_BYTES = 4
const ALIGNMENT = 4
/** The upper two bits of an attribute's type are flags (nested, byte order). */
const TYPE_MASK = 0x3fff
export const NESTED = 0x8000

const aligned = (length: number) => (length + ALIGNMENT - 1) & ~(ALIGNMENT - 1)

export function encodeMessage(type: number, flags: number, sequence: number, body: Uint8Array): Buffer {
  const message = Buffer.alloc(HEADER_BYTES + body.length)
  message.writeUInt32LE(message.length, 0)
  message.writeUInt16LE(type, 4)
  message.writeUInt16LE(flags, 6)
  message.writeUInt32LE(sequence, 8)
  message.set(body, HEADER_BYTES)
  return message
}

/** The messages of one datagram. */
export function decodeMessages(datagram: Buffer): readonly NetlinkMessage[] {
  const messages: NetlinkMessage[] = []
  for (let at = 0; at + HEADER_BYTES <= datagram.length; ) {
    const length = datagram.readUInt32LE(at)
    if (length < HEADER_BYTES) break
    messages.push({
      type: datagram.readUInt16LE(at + 4),
      flags: datagram.readUInt16LE(at + 6),
      sequence: datagram.readUInt32LE(at + 8),
      body: datagram.subarray(at + HEADER_BYTES, at + length),
    })
    at += aligned(length)
  }
  return messages
}

export function attribute(type: number, value: Uint8Array): Buffer {
  const bytes = Buffer.alloc(aligned(ATTRIBUTE_HEADER_BYTES + value.length))
  bytes.writeUInt16LE(ATTRIBUTE_HEADER_BYTES + value.length, 0)
  bytes.writeUInt16LE(type, 2)
  bytes.set(value, ATTRIBUTE_HEADER_BYTES)
  return bytes
}

export function nested(type: number, ...parts: readonly Uint8Array[]): Buffer {
  return attribute(type, Buffer.concat(parts))
}

/** Attributes from `offset` of a body on; the last one of a type wins. */
export function decodeAttributes(body: Buffer, offset = 0): Attributes {
  const attributes = new Map<number, Buffer>()
  for (let at = offset; at + ATTRIBUTE_HEADER_BYTES <= body.length; ) {
    const length = body.readUInt16LE(at)
    if (length < ATTRIBUTE_HEADER_BYTES) break
    attributes.set(body.readUInt16LE(at + 2) & TYPE_MASK, body.subarray(at + ATTRIBUTE_HEADER_BYTES, at + length))
    at += aligned(length)
  }
  return attributes
}

export function u8(value: number): Buffer {
  return Buffer.from([value])
}

export function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value >>> 0)
  return bytes
}

export function text(value: string): Buffer {
  return Buffer.from(`${value}\0`, 'utf8')
}

export function readText(bytes: Buffer | undefined): string {
  return bytes?.toString('utf8').replace(/\0.*$/s, '') ?? ''
}

export function readU32(bytes: Buffer | undefined): number | undefined {
  return bytes && bytes.length >= 4 ? bytes.readUInt32LE(0) : undefined
}
