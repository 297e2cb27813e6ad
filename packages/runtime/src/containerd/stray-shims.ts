import { createHash } from 'node:crypto'
import { readdir, readFile, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Logger } from '@oakestra/base'

const PROGRAM = 'containerd-shim-runc-v2'
// containerd `shim.socketRoot`, fixed in its source.
const SOCKETS = '/run/containerd/s'

export interface ShimOwner {
  readonly socketPath: string
  readonly namespace: string
}

interface Shim {
  readonly pid: number
  readonly id: string
}

/**
 * Ends processes of containerd that look after no container. When the caller of "create" leaves at the wrong moment, containerd
 * stops the program that starts one, after it has; nothing of containerd's knows of it then. One that has children stays:
 * they may be somebody's container.
 * @param isKnown whether containerd has a task of this id
 */
export async function endStrayShims(owner: ShimOwner, isKnown: (id: string) => Promise<boolean>, logger: Logger): Promise<void> {
  for (const { pid, id } of await shimsOf(owner)) {
    if ((await isKnown(id)) || (await hasChildren(pid))) continue
    logger.info('ending a process of containerd that looks after nothing', { pid, container: id })
    kill(pid)
    await rm(shimSocket(owner, id), { force: true })
  }
}

/** Where a shim listens; one that was killed leaves it behind. containerd `shim.SocketAddress`. */
export function shimSocket({ socketPath, namespace }: ShimOwner, id: string): string {
  return join(
    SOCKETS,
    createHash('sha256')
      .update(join(socketPath, namespace, id))
      .digest('hex'),
  )
}

async function shimsOf({ socketPath, namespace }: ShimOwner): Promise<readonly Shim[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  const shims = await Promise.all(pids.map(async (pid) => shimOf(await readOrNothing(`/proc/${pid}/cmdline`), pid)))
  return shims.filter((shim) => shim !== undefined).filter((shim) => shim.owner === `${namespace} ${socketPath}`)
}

/** proc(5): arguments end in NUL. */
function shimOf(commandLine: string, pid: number): (Shim & { readonly owner: string }) | undefined {
  const [program = '', ...args] = commandLine.split('\0')
  if (basename(program) !== PROGRAM) return undefined
  const flag = (name: string) => args[args.indexOf(name) + 1] ?? ''
  return { pid, id: flag('-id'), owner: `${flag('-namespace')} ${flag('-address')}` }
}

async function hasChildren(pid: number): Promise<boolean> {
  const threads = await readdir(`/proc/${pid}/task`).catch(() => [])
  const children = await Promise.all(threads.map((thread) => readOrNothing(`/proc/${pid}/task/${thread}/children`)))
  return children.some((list) => list.trim() !== '')
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It ended by itself meanwhile.
  }
}

/** A process may end at any moment. */
function readOrNothing(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '')
}
