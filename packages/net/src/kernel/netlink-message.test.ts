import { describe, expect, it } from 'vitest'
import {
  attribute,
  decodeAttributes,
  decodeMessages,
  encodeMessage,
  NESTED,
  nested,
  readText,
  readU32,
  text,
  u32,
} from './netlink-message.ts'

describe('netlink messages', () => {
  it('survive encoding and decoding, several in one datagram', () => {
    const body = Buffer.concat([attribute(3, text('eth0')), attribute(4, u32(1450))])
    const datagram = Buffer.concat([encodeMessage(16, 5, 7, body), encodeMessage(17, 5, 8, Buffer.alloc(0))])
    const [first, second] = decodeMessages(datagram)
    expect(first).toMatchObject({ type: 16, flags: 5, sequence: 7 })
    expect(second).toMatchObject({ type: 17, sequence: 8 })
    const attributes = decodeAttributes(first?.body ?? Buffer.alloc(0))
    expect(readText(attributes.get(3))).toBe('eth0')
    expect(readU32(attributes.get(4))).toBe(1450)
  })

  it('nest attributes, whatever flags their type carries', () => {
    const outer = decodeAttributes(nested(18 | NESTED, attribute(1, text('veth'))))
    expect(readText(decodeAttributes(outer.get(18) ?? Buffer.alloc(0)).get(1))).toBe('veth')
  })

  it('end where a length makes no sense', () => {
    expect(decodeMessages(Buffer.alloc(32))).toEqual([])
    expect(decodeAttributes(Buffer.from([2, 0, 1, 0]))).toEqual(new Map())
    expect(decodeMessages(Buffer.from([1, 2, 3]))).toEqual([])
  })
})
