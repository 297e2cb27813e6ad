import { closeSync, mkdirSync, openSync, readdirSync, rmSync, statfsSync } from 'node:fs'
import { NETNS_DIRECTORY, namespacePath } from '../plan/names.ts'
import { checked, KernelError, type Libc } from './libc.ts'

const CLONE_NEWNET = 0x40000000
const O_CLOEXEC_RDONLY = 0o2000000
const MS_BIND = 0x1000
const MS_REC = 0x4000
const MS_SHARED = 0x100000
const MNT_DETACH = 2
/** Magic number of the file system that namespaces are files of (linux/magic.h NSFS_MAGIC). */
const NSFS = 0x6e736673
const OWN_NAMESPACE = '/proc/thread-self/ns/net'

/**
 * Enters network namespaces for the length of one synchronous call. Sockets made inside stay there for good
 * (`reference/lab.md` 7). Never await inside: only the calling thread moves.
 */
export class NamespaceSwitch {
  readonly #libc: Libc
  readonly #own: number

  constructor(libc: Libc) {
    this.#libc = libc
    this.#own = openSync(OWN_NAMESPACE, 'r')
  }

  close(): void {
    closeSync(this.#own)
  }

  /** Runs `action` in the namespace at `path`; without a path, right here. */
  inside<Result>(path: string | undefined, action: () => Result): Result {
    if (path === undefined) return action()
    const libc = this.#libc
    const fd = checked(libc, `cannot open the network namespace ${path}`, libc.open(path, O_CLOEXEC_RDONLY))
    try {
      checked(libc, `cannot enter the network namespace ${path}`, libc.setns(fd, CLONE_NEWNET))
      return action()
    } finally {
      this.#comeBack()
      libc.close(fd)
    }
  }

  /** Makes a namespace that lives on as a file, as `ip netns add` does. */
  create(name: string): void {
    const libc = this.#libc
    shareNamespaceDirectory(libc)
    const path = namespacePath(name)
    closeSync(openSync(path, 'w', 0o444))
    try {
      checked(libc, 'cannot make a network namespace', libc.unshare(CLONE_NEWNET))
      checked(libc, `cannot keep the network namespace ${path}`, libc.mount(OWN_NAMESPACE, path, 'none', MS_BIND, null))
    } finally {
      this.#comeBack()
    }
  }

  /** Lets go of a namespace; the kernel destroys it once nothing runs in it. */
  remove(name: string): void {
    const path = namespacePath(name)
    if (isNamespace(path)) checked(this.#libc, `cannot unmount ${path}`, this.#libc.umount2(path, MNT_DETACH))
    rmSync(path, { force: true })
  }

  /** A thread that cannot find its way home would act on the wrong network ever after: then there must be no after. */
  #comeBack(): void {
    if (this.#libc.setns(this.#own, CLONE_NEWNET) < 0) process.abort()
  }
}

/** Names of the namespaces that begin with `prefix`, and whether there is a namespace behind the file. */
export function listNamespaces(prefix: string): readonly { readonly name: string; readonly isMounted: boolean }[] {
  return directoryEntries()
    .filter((name) => name.startsWith(prefix))
    .map((name) => ({ name, isMounted: isNamespace(namespacePath(name)) }))
}

function directoryEntries(): readonly string[] {
  try {
    return readdirSync(NETNS_DIRECTORY)
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return []
    throw thrown
  }
}

function isNamespace(path: string): boolean {
  try {
    return statfsSync(path).type === NSFS
  } catch {
    return false
  }
}

let isDirectoryShared = false

/** Makes the directory a shared mount, so that mount namespaces of runtimes see what comes and goes in it (ip-netns(8)). */
function shareNamespaceDirectory(libc: Libc): void {
  if (isDirectoryShared) return
  mkdirSync(NETNS_DIRECTORY, { recursive: true, mode: 0o755 })
  if (libc.mount(null, NETNS_DIRECTORY, null, MS_SHARED | MS_REC, null) < 0) {
    const failure = new KernelError(`cannot share ${NETNS_DIRECTORY}`, libc.errno())
    if (!failure.is('EINVAL')) throw failure
    checked(libc, `cannot mount ${NETNS_DIRECTORY}`, libc.mount(NETNS_DIRECTORY, NETNS_DIRECTORY, 'none', MS_BIND | MS_REC, null))
    checked(libc, `cannot share ${NETNS_DIRECTORY}`, libc.mount(null, NETNS_DIRECTORY, null, MS_SHARED | MS_REC, null))
  }
  isDirectoryShared = true
}
