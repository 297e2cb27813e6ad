import { closeSync, openSync } from 'node:fs'
import koffi from 'koffi'

const CLONE_NEWNET = 0x40000000
const O_RDWR_NONBLOCK_CLOEXEC = 0o2 | 0o4000 | 0o2000000
const TUNSETIFF = 0x400454ca
const IFF_TUN_NO_PI = 0x1001

/**
 * Makes a TUN device in a network namespace and gives its descriptor: each read is a packet that the namespace sent, each write one
 * that it receives. The device goes when the descriptor is closed.
 */
export function openTun(namespace: string, name: string): number {
  const libc = koffi.load('libc.so.6')
  const open = libc.func('int open(const char *path, int flags)') as unknown as (path: string, flags: number) => number
  const setns = libc.func('int setns(int fd, int type)') as unknown as (fd: number, type: number) => number
  const ioctl = libc.func('int ioctl(int fd, ulong request, const uint8_t *argument)') as unknown as (
    fd: number,
    request: number,
    argument: Buffer,
  ) => number
  const own = openSync('/proc/thread-self/ns/net', 'r')
  const other = openSync(`/run/netns/${namespace}`, 'r')
  try {
    if (setns(other, CLONE_NEWNET) < 0) throw new Error(`cannot enter ${namespace}`)
    const fd = open('/dev/net/tun', O_RDWR_NONBLOCK_CLOEXEC)
    const request = Buffer.alloc(40)
    request.write(name)
    request.writeUInt16LE(IFF_TUN_NO_PI, 16)
    if (fd < 0 || ioctl(fd, TUNSETIFF, request) < 0) throw new Error('cannot make a TUN device')
    return fd
  } finally {
    // A thread that stayed in the wrong namespace would do everything else there.
    if (setns(own, CLONE_NEWNET) < 0) process.abort()
    closeSync(own)
    closeSync(other)
  }
}
