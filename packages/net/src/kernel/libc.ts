import { constants } from 'node:os'
import { promisify } from 'node:util'
import { OakError } from '@oakestra/base'

/** The functions of the C library that this package calls. A failing one returns -1 and leaves its reason in `errno`. */
export interface Libc {
  open(path: string, flags: number): number
  close(fd: number): number
  ioctl(fd: number, request: number, argument: Uint8Array): number
  setns(fd: number, type: number): number
  unshare(flags: number): number
  mount(source: string | null, target: string, type: string | null, flags: number, data: null): number
  umount2(target: string, flags: number): number
  socket(domain: number, type: number, protocol: number): number
  bind(fd: number, address: Uint8Array, length: number): number
  setsockopt(fd: number, level: number, option: number, value: Uint8Array, length: number): number
  send(fd: number, bytes: Uint8Array, length: number, flags: number): number
  recv(fd: number, bytes: Uint8Array, length: number, flags: number): number
  /** As `send` and `recv`, on another thread: the kernel may work for long before it comes back. */
  sendLater(fd: number, bytes: Uint8Array, length: number, flags: number): Promise<number>
  recvLater(fd: number, bytes: Uint8Array, length: number, flags: number): Promise<number>
  errno(): number
}

/** The functions of libnftables that this package calls. A context is an opaque pointer. */
export interface LibNftables {
  create(flags: number): unknown
  free(context: unknown): void
  bufferOutput(context: unknown): number
  bufferError(context: unknown): number
  setOutputFlags(context: unknown, flags: number): void
  run(context: unknown, commands: string): number
  output(context: unknown): string
  error(context: unknown): string
}

type Koffi = typeof import('koffi').default
type Library = ReturnType<Koffi['load']>

/**
 * koffi is loaded on first use and not before: planning and the fake must cost nothing, and run where it has no build.
 * @throws OakError `unavailable` when koffi or the library is missing, saying what to install
 */
async function load(library: string, hint: string): Promise<{ koffi: Koffi; library: Library }> {
  try {
    const { default: koffi } = await import('koffi')
    return { koffi, library: koffi.load(library) }
  } catch (cause) {
    throw new OakError('unavailable', `the network needs ${library}: ${hint}`, { cause, retryable: false })
  }
}

export async function loadLibc(): Promise<Libc> {
  const { koffi, library } = await load('libc.so.6', 'only Linux with the GNU C library is supported')
  // The declarations below are the types: koffi itself knows its functions only as taking and giving anything.
  const declare = <Signature>(text: string) => library.func(text) as unknown as Signature
  const send = library.func('long send(int fd, const uint8_t *bytes, size_t length, int flags)')
  const recv = library.func('long recv(int fd, _Out_ uint8_t *bytes, size_t length, int flags)')
  return {
    open: declare<Libc['open']>('int open(const char *path, int flags)'),
    close: declare<Libc['close']>('int close(int fd)'),
    ioctl: declare<Libc['ioctl']>('int ioctl(int fd, ulong request, _Inout_ uint8_t *argument)'),
    setns: declare<Libc['setns']>('int setns(int fd, int type)'),
    unshare: declare<Libc['unshare']>('int unshare(int flags)'),
    mount: declare<Libc['mount']>('int mount(const char *s, const char *t, const char *type, ulong flags, void *data)'),
    umount2: declare<Libc['umount2']>('int umount2(const char *target, int flags)'),
    socket: declare<Libc['socket']>('int socket(int domain, int type, int protocol)'),
    bind: declare<Libc['bind']>('int bind(int fd, const uint8_t *address, uint length)'),
    setsockopt: declare<Libc['setsockopt']>('int setsockopt(int fd, int level, int option, const uint8_t *value, uint length)'),
    send: send as unknown as Libc['send'],
    recv: recv as unknown as Libc['recv'],
    sendLater: promisify(send.async) as unknown as Libc['sendLater'],
    recvLater: promisify(recv.async) as unknown as Libc['recvLater'],
    errno: () => koffi.errno(),
  }
}

export async function loadLibNftables(): Promise<LibNftables> {
  const { library } = await load('libnftables.so.1', 'install the package libnftables1 (Debian, Ubuntu) or nftables')
  const declare = <Signature>(text: string) => library.func(text) as unknown as Signature
  return {
    create: declare<LibNftables['create']>('void *nft_ctx_new(uint32_t flags)'),
    free: declare<LibNftables['free']>('void nft_ctx_free(void *context)'),
    bufferOutput: declare<LibNftables['bufferOutput']>('int nft_ctx_buffer_output(void *context)'),
    bufferError: declare<LibNftables['bufferError']>('int nft_ctx_buffer_error(void *context)'),
    setOutputFlags: declare<LibNftables['setOutputFlags']>('void nft_ctx_output_set_flags(void *context, uint flags)'),
    run: declare<LibNftables['run']>('int nft_run_cmd_from_buffer(void *context, const char *commands)'),
    output: declare<LibNftables['output']>('const char *nft_ctx_get_output_buffer(void *context)'),
    error: declare<LibNftables['error']>('const char *nft_ctx_get_error_buffer(void *context)'),
  }
}

const ERRNO_NAMES = new Map(Object.entries(constants.errno).map(([name, number]) => [number, name]))

/** `EBUSY` for 16. */
export function errnoName(errno: number): string {
  return ERRNO_NAMES.get(errno) ?? `errno ${errno}`
}

export type ErrnoName = keyof typeof constants.errno

/** A refusal by the kernel, with the errno that tells kinds of refusal apart. */
export class KernelError extends OakError {
  readonly errno: number

  constructor(what: string, errno: number, reason = '') {
    super('unavailable', `${what}: ${errnoName(errno)}${reason && ` (${reason})`}`, { details: { errno: errnoName(errno) } })
    this.errno = errno
  }

  is(...names: readonly ErrnoName[]): boolean {
    return names.some((name) => constants.errno[name] === this.errno)
  }
}

/** Gives back what a call returned. @throws KernelError when that is negative */
export function checked(libc: Libc, what: string, result: number): number {
  if (result < 0) throw new KernelError(what, libc.errno())
  return result
}
