import type { HostPort } from '../plan/port-claims.ts'
import { ADDRESS_FAMILY } from './addresses.ts'
import { checked, KernelError, type Libc } from './libc.ts'
import { u32 } from './netlink-message.ts'

const SOCKET_TYPE = { tcp: 1, udp: 2 } as const
const SOCK_CLOEXEC = 0o2000000
const SOL_SOCKET = 1
const SO_REUSEADDR = 2
const IPPROTO_IPV6 = 41
const IPV6_V6ONLY = 26
/** struct sockaddr_in and sockaddr_in6 with any address. */
const SOCKET_ADDRESS_BYTES = { v4: 16, v6: 28 } as const

/** True when a program of the machine listens on the port: publishing it would take its connections away. */
export function isPortBound(libc: Libc, port: HostPort): boolean {
  return (['v4', 'v6'] as const).some((family) => !canBind(libc, family, port))
}

function canBind(libc: Libc, family: 'v4' | 'v6', port: HostPort): boolean {
  const [number = '', protocol = 'tcp'] = port.split('/')
  const type = protocol === 'udp' ? SOCKET_TYPE.udp : SOCKET_TYPE.tcp
  const fd = checked(libc, 'cannot open a socket', libc.socket(ADDRESS_FAMILY[family], type | SOCK_CLOEXEC, 0))
  try {
    // For TCP it overlooks connections that are winding down, but no listener; for UDP it would overlook everybody.
    if (protocol === 'tcp') libc.setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, u32(1), 4)
    if (family === 'v6') libc.setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, u32(1), 4)
    const address = Buffer.alloc(SOCKET_ADDRESS_BYTES[family])
    address.writeUInt16LE(ADDRESS_FAMILY[family], 0)
    address.writeUInt16BE(Number(number), 2)
    if (libc.bind(fd, address, address.length) === 0) return true
    const failure = new KernelError(`cannot try port ${port}`, libc.errno())
    if (failure.is('EADDRINUSE')) return false
    throw failure
  } finally {
    libc.close(fd)
  }
}
