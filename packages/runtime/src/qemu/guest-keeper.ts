import { type Clock, type Logger, OakError, toOakError } from '@oakestra/base'
import type { Cgroups } from '../containerd/cgroups.ts'
import { KeyedMutex } from '../keyed-mutex.ts'
import { identifyProcess, isRunning, type ProcessIdentity } from '../private/process.ts'
import type { Workload } from '../runtime.ts'
import { markOf } from '../workload-mark.ts'
import { endingOf } from './guest/ending.ts'
import {
  causeOfEvent,
  causeOfState,
  converse,
  type EndingCause,
  isStillHeld,
  kill,
  processesNamed,
  saidOnExit,
  tailOf,
} from './guest/guest.ts'
import type { InstanceRecord, InstanceStore } from './guest/instances.ts'
import type { Qmp, QmpEvent } from './guest/qmp.ts'

export interface GuestKeeperOptions {
  readonly store: InstanceStore
  readonly cgroups: Cgroups
  readonly clock: Clock
  readonly logger: Logger
  /** Of the machine's present start. */
  readonly bootId: string
  /** What QEMU processes of an instance are called. */
  readonly nameOf: (id: string) => string
}

/**
 * Knows how guests are, by their records, their processes and what QEMU says. Keeps nothing in memory that it would miss
 * after a restart: conversations are opened again with whatever runs.
 */
export class GuestKeeper {
  readonly #options: GuestKeeperOptions
  readonly #conversations = new Map<string, Qmp>()
  readonly #listeners = new Set<(id: string) => void>()
  /** An end is written down once. */
  readonly #looks = new KeyedMutex()
  #isClosed = false

  constructor(options: GuestKeeperOptions) {
    this.#options = options
  }

  async list(): Promise<readonly Workload[]> {
    const found = await Promise.all((await this.#options.store.ids()).map((id) => this.get(id)))
    return found.filter((workload) => workload !== undefined)
  }

  /** Looks at a guest; one that ended meanwhile is written down as such. */
  get(id: string): Promise<Workload | undefined> {
    return this.#looks.run(id, async () => {
      const record = await this.#options.store.read(id)
      return record && workloadOf(await this.#settled(record))
    })
  }

  /** Begins to listen to a guest that was just started, by a conversation that is open already. */
  listen(id: string, qmp: Qmp): void {
    this.#conversations.set(id, qmp)
  }

  /** Handlers for a conversation about an instance. */
  handlers(id: string): { readonly onEvent: (event: QmpEvent) => void; readonly onClose: () => void } {
    return { onEvent: (event) => void this.#onEvent(id, event), onClose: () => void this.#onClose(id) }
  }

  /** Asks the guest to end. One that cannot be asked is left to be made to. */
  async pressPowerButton(id: string): Promise<void> {
    await this.#conversations
      .get(id)
      ?.call('system_powerdown')
      .catch((thrown: unknown) => this.#options.logger.debug('power button not pressed', { instance: id, err: toOakError(thrown).message }))
  }

  /** Makes a guest end, and writes down that it did. */
  end(id: string): Promise<void> {
    return this.#looks.run(id, async () => {
      const record = await this.#options.store.read(id)
      if (record?.process && !record.exit) await this.#settle(record, 'killed')
    })
  }

  /** Ends whatever runs for an instance. */
  remove(id: string): Promise<void> {
    return this.#looks.run(id, async () => {
      this.#hangUp(id)
      const record = await this.#options.store.read(id)
      if (!record) return
      await kill(await this.#processesOf(record), this.#options.clock)
    })
  }

  /** Removes the files of an instance whose processes are gone. */
  forget(id: string): Promise<void> {
    return this.#looks.run(id, () => this.#options.store.remove(id))
  }

  onChange(listener: (id: string) => void): () => void {
    const entry = (id: string) => listener(id)
    this.#listeners.add(entry)
    return () => void this.#listeners.delete(entry)
  }

  close(): void {
    this.#isClosed = true
    this.#listeners.clear()
    for (const id of [...this.#conversations.keys()]) this.#hangUp(id)
  }

  async #settled(record: InstanceRecord): Promise<InstanceRecord> {
    const { process, bootId } = record
    if (process && !record.exit && bootId !== this.#options.bootId) return madeAnew(record)
    if (!process || !(await this.#isAlive(record))) return process && !record.exit ? this.#settle(record, 'killed') : record
    if (record.exit) {
      // Written down, and then this agent's predecessor was killed.
      await kill([process], this.#options.clock)
      return record
    }
    const cause = this.#conversations.has(record.id) ? undefined : await this.#adopt(record)
    return cause ? this.#settle(record, cause) : record
  }

  /** Opens the conversation with a QEMU that an earlier agent started. @returns why the guest ended while nobody listened */
  async #adopt({ id, process }: InstanceRecord): Promise<EndingCause | undefined> {
    if (this.#isClosed || !process) return undefined
    const { store, clock, logger } = this.#options
    const { onEvent, onClose } = this.handlers(id)
    try {
      const qmp = await converse(store.dirOf(id), clock, onEvent, onClose)
      this.#conversations.set(id, qmp)
      const status = await qmp.call('query-status')
      // All around it is made once it is written down.
      if (isStillHeld(status)) await qmp.call('cont')
      return causeOfState(status)
    } catch (thrown) {
      // It runs, and that is what counts; the next look tries again.
      logger.debug('QEMU not reached', { instance: id, err: toOakError(thrown).message })
      return undefined
    }
  }

  /** Writes an end down, then ends QEMU, which waited for that. */
  async #settle(record: InstanceRecord, cause: EndingCause): Promise<InstanceRecord> {
    const { store, cgroups, clock } = this.#options
    const { id, process } = record
    const qmp = this.#conversations.get(id)
    const said = qmp && cause !== 'killed' ? await saidOnExit(qmp).catch(() => '') : ''
    const [console, groupOutOfMemory] = await Promise.all([tailOf(record.consolePath), cgroups.hadOutOfMemory(id)])
    const exit = { ...endingOf({ cause, said, console, groupOutOfMemory }), finishedAtMs: clock.wallMs() }
    const settled = { ...record, exit }
    await store.write(settled)
    this.#hangUp(id)
    if (process && (await this.#isAlive(record))) await kill([process], clock)
    return settled
  }

  async #isAlive({ process, bootId }: InstanceRecord): Promise<boolean> {
    return process !== undefined && bootId === this.#options.bootId && isRunning(process)
  }

  /** Also those that a crash of the agent left without a record. */
  async #processesOf(record: InstanceRecord): Promise<readonly ProcessIdentity[]> {
    if (record.process) return (await this.#isAlive(record)) ? [record.process] : []
    const pids = await processesNamed(this.#options.nameOf(record.id))
    return (await Promise.all(pids.map(identifyProcess))).filter((identity) => identity !== undefined)
  }

  async #onEvent(id: string, event: QmpEvent): Promise<void> {
    const cause = causeOfEvent(event)
    if (!cause) return
    await this.#looks
      .run(id, async () => {
        const record = await this.#options.store.read(id)
        if (record?.process && !record.exit && this.#conversations.has(id)) await this.#settle(record, cause)
      })
      .catch((thrown: unknown) =>
        this.#options.logger.warn('end of a guest not written down', { instance: id, err: toOakError(thrown).message }),
      )
    this.#tell(id)
  }

  async #onClose(id: string): Promise<void> {
    if (!this.#conversations.delete(id) || this.#isClosed) return
    // QEMU itself ended, or was ended.
    await this.get(id).catch((thrown: unknown) => {
      if (!(thrown instanceof OakError)) throw thrown
    })
    this.#tell(id)
  }

  #hangUp(id: string): void {
    const qmp = this.#conversations.get(id)
    this.#conversations.delete(id)
    qmp?.close()
  }

  #tell(id: string): void {
    for (const listener of this.#listeners) listener(id)
  }
}

/** It did not end: the machine did. Nothing of it runs, and nobody is to blame. */
function madeAnew(record: InstanceRecord): InstanceRecord {
  return { ...markOf(record), consolePath: record.consolePath }
}

function workloadOf({ process, exit, ...record }: InstanceRecord): Workload {
  const mark = markOf(record)
  if (exit) return { ...mark, state: { state: 'exited', ...exit } }
  return { ...mark, state: process ? { state: 'running', pid: process.pid } : { state: 'created' } }
}
