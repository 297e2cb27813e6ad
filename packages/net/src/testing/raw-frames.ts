import { checked, loadLibc } from '../kernel/libc.ts'
import { NamespaceSwitch } from '../kernel/netns.ts'
import { bytesOfAddress } from '../plan/addresses.ts'

const AF_PACKET = 17
const SOCK_RAW = 3
const ETHER_TYPE = { ipv4: 0x0800, vlan: 0x8100, ipv6: 0x86dd } as const
const PROTOCOL_UDP = 17
const PROTOCOL_ICMPV6 = 58

/** One datagram as whoever owns a link can make it up. */
export interface Frame {
  /** `02:6f:…`; whom the frame is for. */
  readonly to: string
  /** How often it says that it belongs to the VLAN of number 0, which is none. */
  readonly tags?: number
  readonly source: string
  readonly destination: string
  readonly port: number
}

/** That somebody's link has an address, told unasked. */
export interface Advertisement {
  /** `02:6f:…`; whom the frame is for. */
  readonly to: string
  /** `02:6f:…` */
  readonly from: string
  readonly source: string
  readonly destination: string
  /** The address that is said to be at `from`. */
  readonly target: string
}

/** Sends frames as they are over a link of a network namespace. */
export async function sendFrames(netns: string, linkIndex: number, frames: readonly (Frame | Advertisement)[]): Promise<void> {
  const libc = await loadLibc()
  const namespaces = new NamespaceSwitch(libc)
  try {
    const socket = namespaces.inside(netns, () => checked(libc, 'cannot open a packet socket', libc.socket(AF_PACKET, SOCK_RAW, 0)))
    try {
      const link = linkAddress(linkIndex)
      checked(libc, 'cannot bind a packet socket', libc.bind(socket, link, link.length))
      for (const frame of frames.map((each) => ('target' in each ? encodeAdvertisement(each) : encode(each))))
        checked(libc, 'cannot send a frame', libc.send(socket, frame, frame.length, 0))
    } finally {
      libc.close(socket)
    }
  } finally {
    namespaces.close()
  }
}

/** struct sockaddr_ll (packet(7)). */
function linkAddress(index: number): Buffer {
  const bytes = Buffer.alloc(20)
  bytes.writeUInt16LE(AF_PACKET, 0)
  bytes.writeInt32LE(index, 4)
  return bytes
}

function encode({ to, tags = 0, source, destination, port }: Frame): Buffer {
  const tag = [ETHER_TYPE.vlan >> 8, ETHER_TYPE.vlan & 255, 0, 0]
  const head = [...macBytes(to), 2, 0, 0, 0, 0, 7, ...Array.from({ length: tags }, () => tag).flat(), ETHER_TYPE.ipv4 >> 8, 0]
  return Buffer.concat([Buffer.from(head), ipv4(source, destination, udp(port))])
}

/** RFC 4861 4.4, with the flags that make neighbours believe it at once: solicited, and instead of what they know. */
function encodeAdvertisement({ to, from, source, destination, target }: Advertisement): Buffer {
  const addresses = Buffer.concat([bytesOfAddress(source), bytesOfAddress(destination)])
  const option = [2, 1, ...macBytes(from)]
  const message = Buffer.from([136, 0, 0, 0, 0x60, 0, 0, 0, ...bytesOfAddress(target), ...option])
  const pseudo = Buffer.concat([addresses, Buffer.from([0, 0, 0, message.length, 0, 0, 0, PROTOCOL_ICMPV6]), message])
  message.writeUInt16BE(checksum(pseudo), 2)
  const link = [...macBytes(to), ...macBytes(from), ETHER_TYPE.ipv6 >> 8, ETHER_TYPE.ipv6 & 255]
  return Buffer.concat([Buffer.from([...link, 0x60, 0, 0, 0, 0, message.length, PROTOCOL_ICMPV6, 255]), addresses, message])
}

function macBytes(text: string): readonly number[] {
  return text.split(':').map((part) => Number.parseInt(part, 16))
}

/** Without a checksum, which IPv4 allows. */
function udp(port: number): Buffer {
  const bytes = Buffer.alloc(12)
  bytes.writeUInt16BE(40_000, 0)
  bytes.writeUInt16BE(port, 2)
  bytes.writeUInt16BE(bytes.length, 4)
  return bytes
}

function ipv4(source: string, destination: string, payload: Buffer): Buffer {
  const head = Buffer.alloc(20)
  head.writeUInt8(0x45, 0)
  head.writeUInt16BE(head.length + payload.length, 2)
  head.writeUInt8(64, 8)
  head.writeUInt8(PROTOCOL_UDP, 9)
  head.set(bytesOfAddress(source), 12)
  head.set(bytesOfAddress(destination), 16)
  head.writeUInt16BE(checksum(head), 10)
  return Buffer.concat([head, payload])
}

/** RFC 1071. */
function checksum(bytes: Buffer): number {
  let sum = 0
  for (let at = 0; at < bytes.length; at += 2) sum += bytes.readUInt16BE(at)
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16)
  return ~sum & 0xffff
}
