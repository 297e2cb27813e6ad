import { OakError } from '@oakestra/base'

/**
 * The little of DER (ITU-T X.690) that certificates and signing requests of one fixed profile need.
 * Writing cannot fail; reading is strict and only ever splits values: keys and certificates themselves are parsed by OpenSSL.
 */

export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectIdentifier: 0x06,
  utf8String: 0x0c,
  sequence: 0x30,
  set: 0x31,
  utcTime: 0x17,
  generalizedTime: 0x18,
} as const

/** Tag, length and content of one value. */
export function derValue(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents)
  return Buffer.concat([Buffer.from([tag, ...lengthBytes(content.length)]), content])
}

function lengthBytes(length: number): number[] {
  if (length < 0x80) return [length]
  const bytes: number[] = []
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256)
  return [0x80 | bytes.length, ...bytes]
}

export function derSequence(...items: readonly Uint8Array[]): Buffer {
  return derValue(TAG.sequence, ...items)
}

/** A value under a context-specific, constructed tag: `[number] EXPLICIT`. */
export function derExplicit(number: number, content: Uint8Array): Buffer {
  return derValue(0xa0 | number, content)
}

/** `dotted` is like `2.5.4.3`. */
export function derObjectIdentifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  return derValue(TAG.objectIdentifier, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]))
}

function base128(value: number): number[] {
  const bytes = [value % 128]
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) bytes.unshift(0x80 | (rest % 128))
  return bytes
}

/** A bit string of whole bytes. */
export function derBitString(content: Uint8Array): Buffer {
  return derValue(TAG.bitString, Buffer.from([0]), content)
}

export function derUtf8String(text: string): Buffer {
  return derValue(TAG.utf8String, Buffer.from(text, 'utf8'))
}

/** Seconds resolution; UTCTime up to 2049 and GeneralizedTime from 2050, as RFC 5280 4.1.2.5 demands. */
export function derTime(wallMs: number): Buffer {
  const digits = new Date(wallMs).toISOString().replace(/\.\d+|[-:T]/g, '')
  const isShort = new Date(wallMs).getUTCFullYear() < 2050
  return isShort ? derValue(TAG.utcTime, Buffer.from(digits.slice(2))) : derValue(TAG.generalizedTime, Buffer.from(digits))
}

/** One value cut out of a buffer, with (`whole`) and without (`content`) its tag and length. */
export interface DerItem {
  readonly tag: number
  readonly content: Buffer
  readonly whole: Buffer
}

/**
 * Splits a buffer into the values that follow each other in it.
 * @throws OakError `bad-request` for anything but definite lengths in their shortest form that fit exactly
 */
export function readDerItems(bytes: Buffer): DerItem[] {
  const items: DerItem[] = []
  for (let offset = 0; offset < bytes.length; ) {
    const item = readDerItem(bytes.subarray(offset))
    items.push(item)
    offset += item.whole.length
  }
  return items
}

function readDerItem(bytes: Buffer): DerItem {
  const [tag, first] = bytes
  if (tag === undefined || first === undefined || (tag & 0x1f) === 0x1f) throw malformed()
  const lengthSize = first < 0x80 ? 0 : first & 0x7f
  // Nothing that is read here comes near 64 KB.
  if (first === 0x80 || lengthSize > 2 || bytes.length < 2 + lengthSize) throw malformed()
  const length = lengthSize === 0 ? first : bytes.readUIntBE(2, lengthSize)
  const start = 2 + lengthSize
  if (lengthBytes(length).length !== 1 + lengthSize || bytes.length < start + length) throw malformed()
  return { tag, content: bytes.subarray(start, start + length), whole: bytes.subarray(0, start + length) }
}

/** @throws OakError `bad-request` unless `item` has this tag */
export function expectTag(item: DerItem | undefined, tag: number): DerItem {
  if (item?.tag !== tag) throw malformed()
  return item
}

function malformed(): OakError {
  return new OakError('bad-request', 'the signing request is not valid DER')
}
