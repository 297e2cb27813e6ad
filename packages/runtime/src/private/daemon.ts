import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { type FileHandle, mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { type Clock, type Logger, OakError } from '@oakestra/base'
import { VersionDefinition } from '../containerd/api.ts'
import { ContainerdClient } from '../containerd/client.ts'
import { type PrivatePlaces, privateConfig } from './places.ts'
import { findProcess, identifyProcess, isRunning, type ProcessIdentity, readIdentity } from './process.ts'

// Ready after 100 ms on a good machine; a single-board computer that starts everything at once takes its time.
const READY_TIMEOUT_MS = 30_000
const STOP_TIMEOUT_MS = 10_000
const POLL_MS = 25
const PROBE_TIMEOUT_MS = 2_000
const LOG_BYTES_MAX = 4 * 1024 * 1024
const LOG_TAIL_CHARACTERS = 500
const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

export interface DaemonContext {
  readonly places: PrivatePlaces
  readonly clock: Clock
  readonly logger: Logger
}

/** Version of the daemon behind a socket; `undefined` when none answers. */
export async function probe(socketPath: string, clock: Clock): Promise<string | undefined> {
  await using client = new ContainerdClient({ socketPath, namespace: 'default', clock })
  const answer = await client.call(VersionDefinition, 'version', {}, { timeoutMs: PROBE_TIMEOUT_MS }).catch(() => undefined)
  return answer?.version
}

/**
 * The daemon we started earlier, if it still runs. Whoever started it may have been ended before it could note that: a second one would
 * wait for ever for the files of the first.
 */
export async function runningDaemon(places: PrivatePlaces): Promise<ProcessIdentity | undefined> {
  const identity = await readIdentity(places.pidFile)
  return identity && (await isRunning(identity)) ? identity : findProcess(commandOf(places))
}

function commandOf({ config }: PrivatePlaces): readonly [string, ...string[]] {
  return ['containerd', '--config', config]
}

/** Starts a daemon that outlives us. @throws OakError `unavailable` saying what to install or what it complained of */
export async function startDaemon(context: DaemonContext): Promise<string> {
  const { places, logger } = context
  await prepare(places)
  const log = await open(places.log, 'a', 0o600)
  try {
    const identity = await spawnDaemon(places, log)
    await writeFile(`${places.pidFile}.new`, JSON.stringify(identity), { mode: 0o600 })
    await rename(`${places.pidFile}.new`, places.pidFile)
    const version = await untilReady(context, identity)
    logger.info('private containerd started', { pid: identity.pid, version })
    return version
  } finally {
    await log.close()
  }
}

/** Waits until a daemon that runs answers. @throws OakError `unavailable` */
export async function untilReady({ places, clock }: DaemonContext, identity: ProcessIdentity): Promise<string> {
  const endMs = clock.monotonicMs() + READY_TIMEOUT_MS
  while (clock.monotonicMs() < endMs) {
    const version = await probe(places.socket, clock)
    if (version !== undefined) return version
    if (!(await isRunning(identity))) throw new OakError('unavailable', `the private containerd ended: ${await logTail(places)}`)
    await clock.sleep(POLL_MS)
  }
  throw new OakError('unavailable', `the private containerd does not answer within ${READY_TIMEOUT_MS} ms, see ${places.log}`)
}

/** Asks a daemon to end, then ends it. Containers are not its children and run on. */
export async function endDaemon(identity: ProcessIdentity, clock: Clock): Promise<void> {
  for (const name of ['SIGTERM', 'SIGKILL'] as const) {
    if (!(await isRunning(identity))) return
    process.kill(identity.pid, name)
    const endMs = clock.monotonicMs() + STOP_TIMEOUT_MS
    while ((await isRunning(identity)) && clock.monotonicMs() < endMs) await clock.sleep(POLL_MS)
  }
  if (await isRunning(identity)) throw new OakError('unavailable', `containerd (process ${identity.pid}) does not end`)
}

async function prepare(places: PrivatePlaces): Promise<void> {
  await mkdir(places.dir, { recursive: true, mode: 0o711 })
  if (places.socketDir) await mkdir(places.socketDir, { recursive: true, mode: 0o700 })
  await writeFile(places.config, privateConfig(places), { mode: 0o600 })
  const log = await stat(places.log).catch(() => undefined)
  if (log && log.size > LOG_BYTES_MAX) await rename(places.log, `${places.log}.1`)
  // What a daemon that was killed left: nobody listens there.
  await rm(places.socket, { force: true })
}

async function spawnDaemon(places: PrivatePlaces, log: FileHandle): Promise<ProcessIdentity> {
  const { NODE_EXTRA_CA_CERTS: _certs, NOTIFY_SOCKET: _notify, ...environment } = process.env
  const PATH = [environment['PATH'], SYSTEM_PATH].filter(Boolean).join(':')
  const [program, ...args] = commandOf(places)
  const child = spawn(program, args, {
    detached: true,
    cwd: '/',
    env: { ...environment, PATH },
    stdio: ['ignore', log.fd, log.fd],
  })
  // Held by nobody: it goes on when we end, and does not keep us from ending.
  child.unref()
  await once(child, 'spawn').catch((cause: unknown) => {
    throw new OakError('unavailable', 'containerd cannot be started; install it with: apt-get install containerd runc', { cause })
  })
  const identity = child.pid === undefined ? undefined : await identifyProcess(child.pid)
  if (!identity) throw new OakError('unavailable', `the private containerd ended at once: ${await logTail(places)}`)
  return identity
}

async function logTail(places: PrivatePlaces): Promise<string> {
  const text = await readFile(places.log, 'utf8').catch(() => '')
  return text.trim().slice(-LOG_TAIL_CHARACTERS) || `see ${places.log}`
}
