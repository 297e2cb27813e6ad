import { existsSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { type Clock, type Logger, OakError } from '@oakestra/base'
import { type DaemonContext, endDaemon, probe, runningDaemon, startDaemon, untilReady } from './private/daemon.ts'
import { privatePlaces } from './private/places.ts'
import { removeContainers, removeFiles } from './private/remove.ts'

const MACHINE_SOCKET = '/run/containerd/containerd.sock'
// After a boot the machine's daemon may come up later than we do.
const MACHINE_WAIT_MS = 20_000
const MACHINE_POLL_MS = 250

export interface EnsureContainerdOptions {
  /** Directory for a daemon of our own: its images, its state, its pid. */
  readonly dataDir: string
  readonly clock: Clock
  readonly logger: Logger
  /** Use the daemon behind this socket and start none. */
  readonly socketPath?: string
  /** Where the machine's own daemon listens. Default `/run/containerd/containerd.sock`. */
  readonly machineSocketPath?: string
  /** `private` always uses a daemon of our own, even when the machine runs one. Default `auto`. */
  readonly mode?: 'auto' | 'private'
}

export interface ContainerdDaemon {
  readonly socketPath: string
  readonly version: string
  /** True when it is a daemon we started. */
  readonly isPrivate: boolean
}

/**
 * Finds the machine's containerd, or starts (or finds again) a private one that outlives the agent.
 * What was chosen first stays chosen: containers of the other daemon would be out of sight and run on unwatched.
 * @throws OakError `unavailable` saying what to do
 */
export async function ensureContainerd(options: EnsureContainerdOptions): Promise<ContainerdDaemon> {
  const { dataDir, clock, logger, socketPath, mode = 'auto', machineSocketPath = MACHINE_SOCKET } = options
  if (socketPath !== undefined) return given(socketPath, clock)
  const places = privatePlaces(dataDir)
  if (mode === 'auto' && existsSync(places.machineChoice)) return waitForMachine(machineSocketPath, places.machineChoice, clock)
  const version = mode === 'auto' && !existsSync(places.root) ? await probe(machineSocketPath, clock) : undefined
  if (version === undefined) return ensurePrivate({ places, clock, logger })
  await mkdir(places.dir, { recursive: true, mode: 0o711 })
  await writeFile(places.machineChoice, '')
  return { socketPath: machineSocketPath, version, isPrivate: false }
}

/**
 * Ends the private daemon with everything it runs and removes its directory. Without one nothing happens but that a choice
 * for the machine's is forgotten.
 */
export async function stopPrivateContainerd(options: Pick<EnsureContainerdOptions, 'dataDir' | 'clock' | 'logger'>): Promise<void> {
  const { dataDir, clock, logger } = options
  const places = privatePlaces(dataDir)
  await rm(places.machineChoice, { force: true })
  if (!existsSync(places.config)) return
  // A daemon that was killed left its containers running: only it knows how to end them.
  await ensurePrivate({ places, clock, logger })
  await removeContainers(places.socket, clock)
  const daemon = await runningDaemon(places)
  if (daemon) await endDaemon(daemon, clock)
  await removeFiles(places)
}

async function given(socketPath: string, clock: Clock): Promise<ContainerdDaemon> {
  const version = await probe(socketPath, clock)
  if (version === undefined) throw new OakError('unavailable', `no containerd answers at ${socketPath}: start it, or leave the socket out`)
  return { socketPath, version, isPrivate: false }
}

async function waitForMachine(socketPath: string, choice: string, clock: Clock): Promise<ContainerdDaemon> {
  const endMs = clock.monotonicMs() + MACHINE_WAIT_MS
  for (;;) {
    const version = await probe(socketPath, clock)
    if (version !== undefined) return { socketPath, version, isPrivate: false }
    if (clock.monotonicMs() >= endMs) break
    await clock.sleep(MACHINE_POLL_MS)
  }
  const advice = `start it, or delete ${choice} to go on with a private one`
  throw new OakError('unavailable', `the machine's containerd, which runs this node's containers, does not answer: ${advice}`)
}

async function ensurePrivate(context: DaemonContext): Promise<ContainerdDaemon> {
  const running = await runningDaemon(context.places)
  const version = running ? await untilReady(context, running) : await startDaemon(context)
  return { socketPath: context.places.socket, version, isPrivate: true }
}
