import { createRequire } from 'node:module'
import { constants } from 'node:os'
import { OakError } from '@oakestra/base'

/** The few calls that Node does not offer. Negative: failed. */
export interface Libc {
  setns(fd: number, kind: number): number
  ioctl(fd: number, request: number, argument: Buffer): number
  /** Name of the last failure of this thread, such as `EBUSY`. */
  lastError(): string
}

let loaded: Libc | undefined

/** When first needed: a node without guests does not pay for it. @throws OakError `unavailable` */
export function loadLibc(): Libc {
  loaded ??= bind()
  return loaded
}

function bind(): Libc {
  try {
    const koffi = createRequire(import.meta.url)('koffi')
    const library = koffi.load('libc.so.6')
    const errno: () => number = () => koffi.errno()
    return {
      setns: library.func('int setns(int fd, int kind)'),
      ioctl: library.func('int ioctl(int fd, unsigned long request, _Inout_ uint8_t *argument)'),
      lastError: () => Object.entries(constants.errno).find(([, number]) => number === errno())?.[0] ?? `errno ${errno()}`,
    }
  } catch (cause) {
    throw new OakError('unavailable', 'the C library cannot be called on this machine', { cause })
  }
}
