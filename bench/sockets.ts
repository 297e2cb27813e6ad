import { createRequire } from 'node:module'
import { constants } from 'node:os'
import { join } from 'node:path'
import { REPOSITORY } from './system-under-test.ts'

/** Blocking sockets of the C library, for programs that measure the kernel and not the event loop. IPv4. */
export interface Sockets {
  /** A connection; throws the name of what went wrong, such as `EHOSTUNREACH`. */
  connect(address: string, port: number): number
  listen(port: number): number
  accept(listener: number): number
  /** Number of bytes; 0 at the end. */
  receive(socket: number, buffer: Uint8Array): number
  send(socket: number, buffer: Uint8Array): number
  /** Ends a connection with a reset, so that no port is kept for it (tcp(7), SO_LINGER). */
  abort(socket: number): void
  close(socket: number): void
}

type Declare = (text: string) => (...args: readonly unknown[]) => number

interface Koffi {
  load(library: string): { readonly func: Declare }
  errno(): number
}

const AF_INET = 2
const SOCK_STREAM_CLOEXEC = 1 | 0o2000000
const IPPROTO_TCP = 6
const TCP_NODELAY = 1
const SOL_SOCKET = 1
const SO_REUSEADDR = 2
const SO_LINGER = 13
const ADDRESS_BYTES = 16
// Connections that wait for a server that has no processor.
const BACKLOG = 1024

export function loadSockets(): Sockets {
  // The network's own way into the C library.
  const koffi = createRequire(join(REPOSITORY, 'packages/net/package.json'))('koffi') as Koffi
  const { func } = bound(koffi.load('libc.so.6'))
  const socket = func('int socket(int domain, int type, int protocol)')
  const connect = func('int connect(int fd, const uint8_t *address, uint length)')
  const bind = func('int bind(int fd, const uint8_t *address, uint length)')
  const listen = func('int listen(int fd, int backlog)')
  const accept = func('int accept(int fd, void *address, void *length)')
  const receive = func('long recv(int fd, _Out_ uint8_t *bytes, size_t length, int flags)')
  const send = func('long send(int fd, const uint8_t *bytes, size_t length, int flags)')
  const set = func('int setsockopt(int fd, int level, int option, const uint8_t *value, uint length)')
  const close = func('int close(int fd)')
  const checked = (result: number): number => {
    if (result >= 0) return result
    const errno = koffi.errno()
    throw new Error(Object.entries(constants.errno).find(([, number]) => number === errno)?.[0] ?? `errno ${errno}`)
  }
  const one = words(1)
  const open = () => checked(socket(AF_INET, SOCK_STREAM_CLOEXEC, 0))
  return {
    connect: (address, port) => {
      const fd = open()
      try {
        checked(connect(fd, addressOf(address, port), ADDRESS_BYTES))
        checked(set(fd, IPPROTO_TCP, TCP_NODELAY, one, one.length))
        return fd
      } catch (thrown) {
        close(fd)
        throw thrown
      }
    },
    listen: (port) => {
      const fd = open()
      checked(set(fd, SOL_SOCKET, SO_REUSEADDR, one, one.length))
      checked(bind(fd, addressOf('0.0.0.0', port), ADDRESS_BYTES))
      checked(listen(fd, BACKLOG))
      return fd
    },
    accept: (listener) => {
      const fd = checked(accept(listener, null, null))
      checked(set(fd, IPPROTO_TCP, TCP_NODELAY, one, one.length))
      return fd
    },
    receive: (fd, buffer) => checked(receive(fd, buffer, buffer.length, 0)),
    send: (fd, buffer) => checked(send(fd, buffer, buffer.length, 0)),
    abort: (fd) => {
      const now = words(1, 0)
      set(fd, SOL_SOCKET, SO_LINGER, now, now.length)
      close(fd)
    },
    close: (fd) => void close(fd),
  }
}

function bound(library: { readonly func: Declare }): { readonly func: Declare } {
  return { func: (text) => library.func(text) }
}

function words(...values: readonly number[]): Uint8Array {
  return new Uint8Array(new Int32Array(values).buffer)
}

/** struct sockaddr_in (ip(7)). */
function addressOf(address: string, port: number): Uint8Array {
  const bytes = Buffer.alloc(ADDRESS_BYTES)
  bytes.writeUInt16LE(AF_INET, 0)
  bytes.writeUInt16BE(port, 2)
  for (const [at, part] of address.split('.').entries()) bytes.writeUInt8(Number(part), 4 + at)
  return bytes
}
