import type { FileHandle } from 'node:fs/promises'
import { mkdir, rm } from 'node:fs/promises'
import { type Clock, LIMITS, type Logger, Mutex } from '@oakestra/base'
import { characterEnd, encodeEntries, entryHeader } from './cri-format.ts'
import { Journal } from './journal.ts'
import { type LogPlaces, STREAMS, type StreamName } from './log-places.ts'
import { Output } from './output.ts'
import { Spool } from './spool.ts'

// Read at once; several of the longest lines.
const CHUNK_BYTES = 128 * 1024
// Short lines grow by what stands before each: whatever does not fit is taken in the next step.
const ENCODED_BYTES = 256 * 1024
// Time, stream, flag, blanks and newline, with room to spare; in the worst case one per byte.
const HEADER_BYTES_MAX = 48
const NEWLINE = 0x0a

export interface CollectorOptions {
  readonly clock: Clock
  readonly logger: Logger
  readonly rotateBytes: number
  readonly filesKept: number
  readonly backlogBytesMax: number
}

interface Work {
  readonly file: FileHandle
  /** Length of the spool when the work began. */
  readonly end: number
  readonly takeTail: boolean
  readonly chunk: Buffer
  readonly target: Buffer
}

/** What there was when the agent came back, and when it was printed at the latest. */
type Away = Readonly<Record<StreamName, { readonly bytes: number; readonly changedAtMs: number }>>

/** Where readers may read to. */
export interface Visible {
  readonly sequence: number
  readonly length: number
}

/** Takes what one workload prints out of the spool and into the output, each byte exactly once. */
export class Collector {
  readonly places: LogPlaces
  readonly #options: CollectorOptions
  readonly #journal: Journal
  readonly #output: Output
  readonly #spools: Readonly<Record<StreamName, Spool>>
  readonly #offsets: Record<StreamName, number>
  readonly #away: Away
  readonly #passes = new Mutex()
  readonly #waiting = new Set<() => void>()
  #isClosed = false

  private constructor(
    places: LogPlaces,
    options: CollectorOptions,
    parts: { journal: Journal; output: Output; spools: Readonly<Record<StreamName, Spool>>; away: Away },
  ) {
    this.places = places
    this.#options = options
    this.#journal = parts.journal
    this.#output = parts.output
    this.#spools = parts.spools
    this.#away = parts.away
    const { stdoutOffset, stderrOffset } = parts.journal.position
    this.#offsets = { stdout: stdoutOffset, stderr: stderrOffset }
  }

  /** Begins a log, or goes on where the last agent was when it ended, however it ended. */
  static async open(places: LogPlaces, options: CollectorOptions): Promise<Collector> {
    await mkdir(places.spoolDir, { recursive: true, mode: 0o700 })
    const journal = await Journal.open(places.journal)
    const { outputSequence, outputLength, stdoutOffset, stderrOffset } = journal.position
    const output = await Output.recover(places, options.filesKept, { sequence: outputSequence, length: outputLength })
    const spools = { stdout: new Spool(places.spool.stdout, stdoutOffset), stderr: new Spool(places.spool.stderr, stderrOffset) }
    const away = { stdout: await spools.stdout.size(), stderr: await spools.stderr.size() }
    return new Collector(places, options, { journal, output, spools, away })
  }

  get visible(): Visible {
    return { sequence: this.#output.sequence, length: this.#output.length }
  }

  /** True when nothing will ever be added by this collector. */
  get isClosed(): boolean {
    return this.#isClosed
  }

  /** Makes the files that the runtime appends to. */
  async prepare(): Promise<void> {
    for (const stream of STREAMS) await this.#spools[stream].create()
  }

  /** Takes everything that was printed before this call; also unfinished lines when told to. */
  collect(options: { readonly takeTail: boolean }): Promise<void> {
    return this.#passes.run(async () => {
      if (!this.#isClosed) for (const stream of STREAMS) await this.#collectStream(stream, options.takeTail)
    })
  }

  /** Bytes that wait, of both streams: an unfinished line, when nothing else is to be taken. */
  async waitingBytes(): Promise<number> {
    const sizes = await Promise.all(STREAMS.map((stream) => this.#spools[stream].size()))
    return sizes.reduce((sum, size) => sum + size.bytes, 0) - this.#offsets.stdout - this.#offsets.stderr
  }

  /** Resolves when there is more to read than `seen`, or never will be. */
  changed(seen: Visible, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const { sequence, length } = this.visible
      if (signal.aborted || this.#isClosed || sequence !== seen.sequence || length !== seen.length) return resolve()
      const wake = () => {
        this.#waiting.delete(wake)
        signal.removeEventListener('abort', wake)
        resolve()
      }
      this.#waiting.add(wake)
      signal.addEventListener('abort', wake, { once: true })
    })
  }

  /** Deletes every file; those who follow come to the end. */
  remove(): Promise<void> {
    return this.#passes.run(async () => {
      this.#isClosed = true
      this.#wake()
      await this.#close()
      await rm(this.places.dir, { recursive: true, force: true })
    })
  }

  /** Lets go of the files; what they hold stays. */
  close(): Promise<void> {
    return this.#passes.run(async () => {
      if (!this.#isClosed) await this.#close()
      this.#isClosed = true
      this.#wake()
    })
  }

  async #close(): Promise<void> {
    await this.#output.close()
    await this.#journal.close()
  }

  async #collectStream(stream: StreamName, takeTail: boolean): Promise<void> {
    const spool = this.#spools[stream]
    const { bytes: end } = await spool.size()
    if (end < this.#offsets[stream]) await this.#restart(stream)
    if (end === this.#offsets[stream]) return
    const file = await spool.open()
    try {
      await this.#skipBacklog(stream, file, end)
      const work = { file, end, takeTail, ...buffers(end - this.#offsets[stream]) }
      while (this.#offsets[stream] < end && (await this.#stepByAge(stream, work))) await this.#rotateIfLong()
      spool.release(file, this.#offsets[stream])
    } finally {
      await file.close()
    }
  }

  /** The spool is shorter than it was, for example after a power cut: what is in it now is new. */
  async #restart(stream: StreamName): Promise<void> {
    this.#options.logger.warn('spooled output was cut short', { file: this.places.spool[stream], offset: this.#offsets[stream] })
    this.#offsets[stream] = 0
  }

  /** What was printed while the agent was away is taken by itself: it has another time. */
  async #stepByAge(stream: StreamName, work: Work): Promise<boolean> {
    const end = Math.min(work.end, this.#away[stream].bytes)
    const isOlder = this.#offsets[stream] < end
    // A line that was begun then and ended now is as old as its beginning.
    return (isOlder && (await this.#step(stream, { ...work, end, takeTail: false }))) || this.#step(stream, work)
  }

  /** Takes one piece. @returns false when the rest has to wait for more */
  async #step(stream: StreamName, { file, end, takeTail, chunk, target }: Work): Promise<boolean> {
    const offset = this.#offsets[stream]
    const { bytesRead } = await file.read(chunk, 0, Math.min(chunk.length, end - offset), offset)
    // The end of a chunk is not the end of what was printed.
    const isLast = offset + bytesRead >= end
    const options = { timeMs: this.#stampMs(stream, offset), stream, lineBytesMax: LIMITS.logLineBytes, takeTail: takeTail && isLast }
    const { written, consumed } = encodeEntries(chunk.subarray(0, bytesRead), target, options)
    if (consumed === 0) return false
    await this.#keep(target.subarray(0, written), stream, offset + consumed)
    return true
  }

  /** Entries first, then the position that makes them count: killed in between, they are cut off again and read once more. */
  async #keep(entries: Buffer, stream: StreamName, offset: number): Promise<void> {
    await this.#output.append(entries)
    const offsets = { ...this.#offsets, [stream]: offset }
    await this.#journal.write({
      outputSequence: this.#output.sequence,
      outputLength: this.#output.length + entries.length,
      stdoutOffset: offsets.stdout,
      stderrOffset: offsets.stderr,
    })
    this.#offsets[stream] = offset
    this.#output.commit(entries.length)
    this.#wake()
  }

  /** Drops the oldest of what is too much to read, and says so where it was. */
  async #skipBacklog(stream: StreamName, file: FileHandle, end: number): Promise<void> {
    const offset = this.#offsets[stream]
    const { backlogBytesMax } = this.#options
    if (end - offset <= backlogBytesMax) return
    const start = await lineStart(file, end - backlogBytesMax)
    const text = `[oakestra] ${start - offset} bytes of output were dropped here: more was printed than is kept`
    const notice = Buffer.concat([entryHeader(this.#stampMs(stream, offset), stream, false), Buffer.from(`${text}\n`)])
    await this.#keep(notice, stream, start)
  }

  async #rotateIfLong(): Promise<void> {
    if (this.#output.length >= this.#options.rotateBytes) await this.#output.rotate()
  }

  #stampMs(stream: StreamName, offset: number): number {
    const { bytes, changedAtMs } = this.#away[stream]
    return offset < bytes ? changedAtMs : this.#options.clock.wallMs()
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake()
  }
}

/** For one series of steps, so that a busy workload costs no garbage and an idle one no memory. */
function buffers(bytes: number): Pick<Work, 'chunk' | 'target'> {
  const chunk = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, bytes))
  return { chunk, target: Buffer.allocUnsafe(Math.min(ENCODED_BYTES, chunk.length * HEADER_BYTES_MAX + HEADER_BYTES_MAX)) }
}

/** The next beginning of a line, or at least of a character. */
async function lineStart(file: FileHandle, offset: number): Promise<number> {
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES)
  const { bytesRead } = await file.read(buffer, 0, buffer.length, offset)
  const chunk = buffer.subarray(0, bytesRead)
  const newline = chunk.indexOf(NEWLINE)
  if (newline >= 0) return offset + newline + 1
  return offset + characterEnd(chunk, 0, Math.min(4, chunk.length))
}
