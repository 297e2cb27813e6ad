import { type FSWatcher, watch } from 'node:fs'
import { mkdir, readdir, stat } from 'node:fs/promises'
import { type Clock, type Logger, OakError, type Timer } from '@oakestra/base'
import { KeyedMutex } from '../keyed-mutex.ts'
import type { LogEntry, LogKeeper, LogQuery } from '../logs.ts'
import { Collector } from './collector.ts'
import { isLogId, logPlaces } from './log-places.ts'
import { readEntries } from './reader.ts'

const MIB = 1024 * 1024

export interface LogKeeperOptions {
  /** One directory below it per id; the keeper owns it alone. */
  readonly dir: string
  readonly clock: Clock
  readonly logger: Logger
  /** A file this long is closed and the next begun. Default 8 MiB. */
  readonly rotateBytes?: number
  /** Closed files kept beside the one being written. Default 3. */
  readonly filesKept?: number
  /** Unread output kept when a workload prints faster than it is read, or while the agent is away; older is dropped with a notice. Default 16 MiB. */
  readonly backlogBytesMax?: number
  /** Output is gathered so long before it is read. Default 100 ms. */
  readonly gatherMs?: number
  /** How often files are looked at when the kernel announces nothing. Default 5 s. */
  readonly periodMs?: number
}

/** Keeps logs in files below one directory. Disposing lets go of them; runtimes go on appending, and nothing of it is lost. */
export async function createLogKeeper(options: LogKeeperOptions): Promise<LogKeeper> {
  await mkdir(options.dir, { recursive: true, mode: 0o700 })
  return new FileLogKeeper(options)
}

/** A log that is collected by itself, not only when asked for. */
interface Watched {
  readonly watcher: FSWatcher | undefined
  gathering: Timer | undefined
  /** What waited at the last look: an unfinished line that stays the same is shown. */
  waitingBytes: number
}

class FileLogKeeper implements LogKeeper {
  readonly #options: LogKeeperOptions
  readonly #gatherMs: number
  readonly #periodMs: number
  readonly #collectors = new Map<string, Collector>()
  readonly #watched = new Map<string, Watched>()
  readonly #changes = new KeyedMutex()
  #timer: Timer
  #isClosed = false

  constructor(options: LogKeeperOptions) {
    this.#options = options
    this.#gatherMs = options.gatherMs ?? 100
    this.#periodMs = options.periodMs ?? 5_000
    this.#timer = this.#schedule()
  }

  open(id: string): Promise<{ readonly stdoutPath: string; readonly stderrPath: string }> {
    return this.#changes.run(id, async () => {
      const collector = await this.#load(id)
      await collector.prepare()
      if (!this.#watched.has(id)) this.#watch(id, collector.places.spoolDir)
      this.#gather(id)
      const { stdout, stderr } = collector.places.spool
      return { stdoutPath: stdout, stderrPath: stderr }
    })
  }

  flush(id: string): Promise<void> {
    return this.#changes.run(id, async () => {
      const collector = await this.#find(id)
      await collector?.collect({ takeTail: true })
    })
  }

  async *read(id: string, query: LogQuery, signal: AbortSignal): AsyncGenerator<LogEntry, void> {
    const collector = await this.#changes.run(id, () => this.#find(id))
    if (!collector) throw new OakError('not-found', `no output is kept for ${id}`)
    yield* readEntries(collector, query, { signal, nowMs: () => this.#options.clock.wallMs() })
  }

  remove(id: string): Promise<void> {
    return this.#changes.run(id, async () => {
      this.#unwatch(id)
      const collector = await this.#find(id)
      this.#collectors.delete(id)
      await collector?.remove()
    })
  }

  async list(): Promise<readonly string[]> {
    const entries = await readdir(this.#options.dir, { withFileTypes: true })
    return entries.filter((entry) => entry.isDirectory() && isLogId(entry.name)).map((entry) => entry.name)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    this.#timer.cancel()
    for (const id of [...this.#watched.keys()]) this.#unwatch(id)
    const collectors = [...this.#collectors.values()]
    this.#collectors.clear()
    await Promise.all(collectors.map((collector) => collector.close()))
  }

  /** What is on disk counts, whether or not this keeper has seen it before. */
  async #find(id: string): Promise<Collector | undefined> {
    const known = this.#collectors.get(id)
    if (known) return known
    const found = await stat(logPlaces(this.#options.dir, id).dir).catch(() => undefined)
    return found?.isDirectory() ? this.#load(id) : undefined
  }

  async #load(id: string): Promise<Collector> {
    if (this.#isClosed) throw new OakError('unavailable', 'the log keeper was closed')
    const known = this.#collectors.get(id)
    if (known) return known
    const { clock, logger, rotateBytes = 8 * MIB, filesKept = 3, backlogBytesMax = 16 * MIB } = this.#options
    const collector = await Collector.open(logPlaces(this.#options.dir, id), { clock, logger, rotateBytes, filesKept, backlogBytesMax })
    this.#collectors.set(id, collector)
    return collector
  }

  #watch(id: string, dir: string): void {
    const watched: Watched = { watcher: this.#watcher(id, dir), gathering: undefined, waitingBytes: 0 }
    this.#watched.set(id, watched)
  }

  /** Machines have a limit on watches; without one the period still finds everything. */
  #watcher(id: string, dir: string): FSWatcher | undefined {
    const failed = (err: unknown) => this.#options.logger.warn('output not watched, looking at it now and then', { log: id, err })
    try {
      const watcher = watch(dir, { persistent: false }, () => this.#gather(id))
      watcher.on('error', failed)
      return watcher
    } catch (err) {
      failed(err)
      return undefined
    }
  }

  #unwatch(id: string): void {
    const watched = this.#watched.get(id)
    this.#watched.delete(id)
    watched?.gathering?.cancel()
    watched?.watcher?.close()
  }

  /** Waits for more before it reads: a busy workload would otherwise be read line by line. */
  #gather(id: string): void {
    const watched = this.#watched.get(id)
    if (!watched || watched.gathering) return
    watched.gathering = this.#options.clock.after(this.#gatherMs, () => {
      watched.gathering = undefined
      void this.#collect(id, false)
    })
  }

  async #collect(id: string, takeTail: boolean): Promise<void> {
    try {
      await this.#collectors.get(id)?.collect({ takeTail })
    } catch (err) {
      // A full disk, for example: what is in the spool stays there, and the next look tries again.
      this.#options.logger.warn('output not collected', { log: id, err })
    }
  }

  #schedule(): Timer {
    return this.#options.clock.after(this.#periodMs, () => {
      void this.#lookAtAll().finally(() => {
        if (!this.#isClosed) this.#timer = this.#schedule()
      })
    })
  }

  async #lookAtAll(): Promise<void> {
    for (const [id, watched] of this.#watched) await this.#look(id, watched)
  }

  async #look(id: string, watched: Watched): Promise<void> {
    await this.#collect(id, false)
    const waiting =
      (await this.#collectors
        .get(id)
        ?.waitingBytes()
        .catch(() => 0)) ?? 0
    // A question without a newline, say: whoever reads should see it.
    if (waiting > 0 && waiting === watched.waitingBytes) await this.#collect(id, true)
    watched.waitingBytes = waiting
  }
}
