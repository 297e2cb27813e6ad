import { mkdirSync } from 'node:fs'
import { type Logger, OakError, onAbort, toOakError, withDeadline } from '@oakestra/base'
import type { Role } from '../config/settings.ts'
import type { OakConfig } from '../config.ts'
import { VERSION } from '../version.ts'
import { prepareDataDir } from './data-dir.ts'
import type { MachineContext, RunOptions } from './door.ts'
import { LineTap } from './line-tap.ts'
import { loadComposition } from './load-composition.ts'
import { acquireLock } from './lock.ts'
import { createLogger, type LineSink, readableSink } from './logger.ts'
import { identify } from './process-identity.ts'
import { type RoleComposition, type RunningRoles } from './roles.ts'
import { LOG_LIMITS, openRotatingFile } from './rotating-file.ts'
import { type DaemonState, places, removeState, writeState } from './state-file.ts'

// Sessions, streams and stores close within a second; longer means that something hangs, and the data is on disk anyway.
const STOP_MS_MAX = 10_000

/**
 * Runs roles in this process until the context's signal. Workloads go on running afterwards.
 * @throws OakError `conflict` when they already run here, and whatever starting them throws
 */
export async function runDaemon(
  context: MachineContext,
  config: OakConfig,
  options: RunOptions,
  load: () => Promise<RoleComposition> = loadComposition,
): Promise<void> {
  prepareDataDir(config.dataDir)
  using _locks = acquireLocks(config.dataDir, options.roles)
  using sink = openSink(context, config.dataDir, options)
  const tap = new LineTap(sink)
  const logger = createLogger(config.log.level, tap)
  const report = createReporter(context, config.dataDir, options)
  using _state = report
  using _crash = logCrashes(logger)
  report.write('starting')
  logger.info('starting', { roles: options.roles, version: VERSION, dataDir: config.dataDir })
  await serve(context, logger, report, async () =>
    (await load()).startRoles(config, options.roles, { logger, onLogLine: (listener) => tap.listen(listener) }),
  )
}

async function serve(context: MachineContext, logger: Logger, report: Reporter, start: () => Promise<RunningRoles>): Promise<void> {
  const running = await start().catch((thrown: unknown) => {
    logger.error('cannot start', { err: thrown })
    throw thrown
  })
  try {
    await untilReady(running, context.signal)
    if (!context.signal.aborted) {
      report.write('ready', running)
      logger.info('ready', urlsOf(running))
      await aborted(context.signal)
    }
    logger.info('stopping: workloads go on running')
  } catch (thrown) {
    logger.error('cannot get ready', { err: thrown })
    throw thrown
  } finally {
    report.write('stopping', running)
    await stop(running, context, logger)
  }
}

async function untilReady(running: RunningRoles, signal: AbortSignal): Promise<void> {
  try {
    await running.ready(signal)
  } catch (thrown) {
    // Asked to stop before it was ready: an end as good as any.
    if (!signal.aborted) throw thrown
  }
}

async function stop(running: RunningRoles, context: MachineContext, logger: Logger): Promise<void> {
  try {
    await withDeadline(Promise.resolve(running[Symbol.asyncDispose]()), STOP_MS_MAX, 'stopping', context.clock)
  } catch (thrown) {
    logger.error('did not stop cleanly', { err: thrown })
    throw toOakError(thrown)
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => onAbort(signal, resolve))
}

/** One lock for each role, so that root and a node may run beside each other, but none twice. */
function acquireLocks(dataDir: string, roles: readonly Role[]): Disposable {
  mkdirSync(`${dataDir}/run`, { recursive: true, mode: 0o700 })
  const held: Disposable[] = []
  const releaseAll = () => {
    for (const lock of held.reverse()) lock[Symbol.dispose]()
  }
  try {
    for (const role of roles) held.push(acquireLock(places.lock(dataDir, role)))
  } catch (thrown) {
    releaseAll()
    throw thrown
  }
  return { [Symbol.dispose]: releaseAll }
}

/** A file that can be searched later, and the terminal when there is one. */
function openSink(context: MachineContext, dataDir: string, options: RunOptions): LineSink & Disposable {
  const file = openRotatingFile(places.logFile(dataDir, firstOf(options.roles)), LOG_LIMITS)
  if (options.detached) return file
  const print = (line: string) => context.output.talk(line)
  const terminal = context.output.interactive ? readableSink(print) : { write: (line: string) => print(line.trimEnd()) }
  const write = (line: string) => [file, terminal].forEach((sink) => sink.write(line))
  return { write, [Symbol.dispose]: () => file[Symbol.dispose]() }
}

type Urls = Pick<RunningRoles, 'apiUrl' | 'dashboardUrl' | 'infrastructureUrl'>

function urlsOf({ apiUrl, dashboardUrl, infrastructureUrl }: Urls): Urls {
  return { ...(apiUrl && { apiUrl }), ...(dashboardUrl && { dashboardUrl }), ...(infrastructureUrl && { infrastructureUrl }) }
}

interface Reporter extends Disposable {
  write(phase: DaemonState['phase'], running?: Urls): void
}

function createReporter(context: MachineContext, dataDir: string, options: RunOptions): Reporter {
  const self = identify(process.pid)
  if (!self) throw new OakError('not-supported', 'the daemons need Linux with /proc mounted')
  const startedAtMs = context.clock.wallMs()
  const common = { process: self, roles: options.roles, version: VERSION, startedAtMs }
  const logFile = places.logFile(dataDir, firstOf(options.roles))
  return {
    write: (phase, running = {}) => writeState(dataDir, { ...common, logFile, phase, ...urlsOf(running) }),
    [Symbol.dispose]: () => removeState(dataDir, options.roles),
  }
}

/** A program in an unknown state must end: what is desired is on disk, and whoever supervises it starts it again. */
function logCrashes(logger: Logger): Disposable {
  const onCrash = (thrown: unknown) => {
    logger.error('crashed', { err: thrown })
    process.exit(1)
  }
  process.on('uncaughtException', onCrash)
  process.on('unhandledRejection', onCrash)
  return {
    [Symbol.dispose]: () => {
      process.off('uncaughtException', onCrash)
      process.off('unhandledRejection', onCrash)
    },
  }
}

export function firstOf(roles: readonly Role[]): Role {
  const [first] = roles
  if (!first) throw new OakError('bad-request', 'no role was asked for')
  return first
}
