import { type Clock, OakError, onAbort, type Random, throwIfAborted, toOakError } from '@oakestra/base'
import type { Outcome, Reconciler } from '@oakestra/controller'
import type { InstanceSpec } from '@oakestra/model'
import type { Network } from '@oakestra/net'
import { type ImageProgress, type LogKeeper, type Runtime, runtimeFor, type Workload } from '@oakestra/runtime'
import { started, withRestartNoted } from './asked-restart.ts'
import type { ClusterContact } from './contact/cluster-contact.ts'
import type { HealthKeeper } from './health/health-keeper.ts'
import type { InstanceBook, Known } from './instance-book.ts'
import type { InstanceFiles } from './instance-files.ts'
import type { Machine } from './machine.ts'
import type { NetworkKeeper } from './network-keeper.ts'
import type { NameLookup } from './overlay/names.ts'
import { PlacesAtOnce } from './places-at-once.ts'
import { planInstance, type Step, type Strike, silenceBorneMs } from './plan-instance.ts'
import { restartDelayMs } from './restart-delay.ts'
import type { Ending, LocalInstance } from './state.ts'
import { hostnameOf, imageOf, workloadSpec } from './workload-spec.ts'

// For what nobody remembers: as long as the descriptor gives by default.
const STOP_GRACE_MS = 10_000
// More at once only slow each other down.
const STARTS_AT_ONCE = 8
// Nothing is done about what cannot be read; another document comes with a nudge.
const UNREADABLE_RECHECK_MS = 60_000

const LOOK_AGAIN: Outcome = { state: 'waiting', on: 'the next look', recheckMs: 1 }

export interface InstanceDeps {
  readonly book: InstanceBook
  readonly runtime: Runtime
  readonly machine: Pick<Machine, 'architecture'>
  readonly network: Network
  readonly networkKeeper: NetworkKeeper
  readonly logs: LogKeeper
  readonly files: InstanceFiles
  readonly health: HealthKeeper
  readonly contact: ClusterContact
  readonly clock: Clock
  readonly random: Random
  /** True once the cluster's document is here: before that, what is not wanted is only not known. */
  readonly documentKnown: () => Promise<boolean>
  /** An instance (IPv4 address) is about to end: what was begun with it is to go on until then. */
  readonly aboutToEnd: (address: string) => void
  /** Resolves when other nodes send no new connections to an instance (IPv4 address), or have had the time to hear of it. */
  readonly othersTold: (address: string | undefined, signal: AbortSignal) => Promise<void>
  /** How an instance finds out what names mean; `undefined`: as its machine does. */
  readonly lookupFor: (spec: InstanceSpec) => NameLookup | undefined
}

/** Makes one instance on this machine what the document says, step by safe step. */
export class InstanceReconciler implements Reconciler {
  readonly #deps: InstanceDeps
  readonly #starts = new PlacesAtOnce(STARTS_AT_ONCE)
  /** For each instance that is worked on: aborted when the document says something else of it. */
  readonly #superseded = new Map<string, AbortController>()

  constructor(deps: InstanceDeps) {
    this.#deps = deps
  }

  /** Wanted, remembered, or found on the machine. */
  async keys(): Promise<readonly string[]> {
    const found = await this.#deps.runtime.list()
    return [...new Set([...(await this.#deps.book.ids()), ...found.map((workload) => workload.id)])]
  }

  async reconcile(id: string, signal: AbortSignal): Promise<Outcome> {
    // Before the document is read, so that no change of it is missed.
    const superseded = new AbortController()
    this.#superseded.set(id, superseded)
    try {
      return await this.#reconcile(id, signal)
    } finally {
      this.#superseded.delete(id)
    }
  }

  /** To be told when the document changed for an instance: an image that takes hours to come may not be needed any more. */
  supersede(id: string): void {
    this.#superseded.get(id)?.abort()
  }

  async #reconcile(id: string, signal: AbortSignal): Promise<Outcome> {
    const { book, runtime, contact } = this.#deps
    if (!(await this.#deps.documentKnown())) return { state: 'waiting', on: "the cluster's document", recheckMs: 5_000 }
    const known = await book.admit(id)
    contact.concern(id, known.local && !known.local.ending ? silenceBorneMs(known.spec) : undefined)
    if (known.problem !== undefined && !known.local) return { state: 'waiting', on: known.problem, recheckMs: UNREADABLE_RECHECK_MS }
    if (known.spec && !known.local) return { state: 'waiting', on: "the node's place in the overlay", recheckMs: 1_000 }
    const workload = await runtime.get(id, signal)
    book.noteWorkload(id, workload)
    this.#watchHealth(id, known, workload)
    for (const step of planInstance(book.situation(id, known))) {
      throwIfAborted(signal)
      const outcome = await this.#apply(step, id, known, signal)
      if (outcome) return outcome
    }
    return { state: 'settled' }
  }

  /** What runs and has a health check is asked; nothing else is. */
  #watchHealth(id: string, { spec, local }: Known, workload: Workload | undefined): void {
    const { health } = this.#deps
    if (!spec?.health || !local || local.ending || workload?.state.state !== 'running' || workload.revision !== spec.revision) {
      health.unwatch(id)
      return
    }
    const { namespaceV4: address, healthy: wasHealthy = false } = local
    health.watch({ id, pid: workload.state.pid, address, check: spec.health, wasHealthy })
  }

  /** Carries out one step. An outcome ends the run before its other steps. */
  async #apply(step: Step, id: string, known: Known, signal: AbortSignal): Promise<Outcome | undefined> {
    const { clock } = this.#deps
    switch (step.do) {
      case 'wait':
        return { state: 'waiting', on: step.on, recheckMs: Math.max(1, step.ms) }
      case 'look-again':
        return LOOK_AGAIN
      case 'stop':
        return this.#stop(id, known, signal)
      case 'remove-workload':
        return this.#removeWorkload(id, signal)
      case 'detach':
        return this.#detach(id)
      case 'forget':
        return this.#forget(id)
      case 'adopt-revision':
        return this.#adoptRevision(id, known.spec)
      case 'adopt-spec':
        return this.#adoptSpec(id, known.spec)
      case 'adopt-restart':
        return this.#noted(id, (local) => withRestartNoted(local, known.spec ?? local.spec))
      case 'end':
        return this.#noted(id, (local) => ended(local, step.ending))
      case 'strike':
        return this.#noted(id, (local) => this.#struck(local, step.strike))
      case 'forgive':
        return this.#noted(id, (local) => ({ ...local, strikes: 0 }))
      case 'note-start':
        return this.#noted(id, (local) => started(local, clock.wallMs()))
      case 'note-healthy':
        return this.#noted(id, (local) => ({ ...local, healthy: true }))
      case 'ensure-image':
      case 'attach':
      case 'start':
        return this.#towardsRunning(step.do, id, known, signal)
    }
  }

  /** A step that may fail for reasons a person has to see: the reason is kept and the step is tried again later. */
  async #towardsRunning(
    step: 'ensure-image' | 'attach' | 'start',
    id: string,
    known: Known,
    signal: AbortSignal,
  ): Promise<Outcome | undefined> {
    if (!known.spec) throw new OakError('internal', 'nothing is started that is not wanted')
    try {
      if (step === 'ensure-image') await this.#ensureImage(known.spec, signal)
      else if (step === 'attach') await this.#attach(id)
      else await this.#start(known, known.spec, signal)
      return undefined
    } catch (thrown) {
      throwIfAborted(signal)
      if (this.#superseded.get(id)?.signal.aborted) return LOOK_AGAIN
      return this.#troubled(id, toOakError(thrown))
    }
  }

  async #troubled(id: string, error: OakError): Promise<Outcome> {
    const { book, clock, random } = this.#deps
    let delayMs = 0
    await book.update(id, (local) => {
      delayMs = restartDelayMs(local.strikes, random)
      const trouble = { state: 'failed', detail: error.message } as const
      return { ...local, strikes: local.strikes + 1, trouble, notBeforeMs: clock.wallMs() + delayMs }
    })
    return { state: 'waiting', on: error.message, recheckMs: delayMs }
  }

  async #ensureImage(spec: InstanceSpec, signal: AbortSignal): Promise<void> {
    const note = (progress: ImageProgress) => this.#deps.book.noteProgress(spec.instanceId, describeProgress(progress))
    const superseded = this.#superseded.get(spec.instanceId) ?? new AbortController()
    const unlink = onAbort(signal, () => superseded.abort())
    try {
      const { runtime, machine } = this.#deps
      const image = imageOf(spec, machine.architecture)
      await runtimeFor(runtime, spec.virtualization).ensureImage(image, note, superseded.signal)
    } finally {
      unlink()
    }
  }

  async #attach(id: string): Promise<void> {
    await this.#deps.book.update(id, (local) => ({ ...local, attached: true }))
    await this.#deps.networkKeeper.apply()
    const refusal = this.#deps.networkKeeper.refusalOf(id)
    if (refusal) throw refusal
  }

  async #start(known: Known, spec: InstanceSpec, signal: AbortSignal): Promise<undefined> {
    const { book, clock, files, logs, lookupFor, machine, network, networkKeeper, runtime } = this.#deps
    const id = spec.instanceId
    const mounts = await files.prepare(spec, hostnameOf(spec), lookupFor(spec))
    const output = await logs.open(id)
    const image = imageOf(spec, machine.architecture)
    const wanted = workloadSpec(spec, { image, netnsPath: network.netnsPath(id), mounts, ...output })
    const workload = await this.#starts.run(() => runtimeFor(runtime, spec.virtualization).start(wanted, signal))
    book.noteWorkload(id, workload)
    const { local } = known
    this.#watchHealth(id, { ...known, local: local && { ...local, healthy: false } }, workload)
    await networkKeeper.apply()
    // Last, so that a process that runs is in its service also when nothing can be written.
    await book.update(id, (before) => started(before, clock.wallMs()))
    return undefined
  }

  async #stop(id: string, { local }: Known, signal: AbortSignal): Promise<Outcome | undefined> {
    this.#deps.health.unwatch(id)
    if (local) this.#deps.aboutToEnd(local.spec.addresses.v4)
    // Out of the service's addresses first, so that no new connection is sent to what is about to end.
    this.#deps.book.noteWorkload(id, undefined)
    await this.#deps.networkKeeper.apply()
    await this.#deps.othersTold(local?.spec.addresses.v4, signal)
    if (this.#superseded.get(id)?.signal.aborted) return this.#reconsider(id, signal)
    await this.#deps.runtime.stop(id, { graceMs: local?.spec.stopGraceMs ?? STOP_GRACE_MS }, signal)
    return undefined
  }

  /** Its document changed while others were told: what was sent here again runs on. Until that is known it is in its service. */
  async #reconsider(id: string, signal: AbortSignal): Promise<Outcome> {
    this.#deps.book.noteWorkload(id, await this.#deps.runtime.get(id, signal))
    await this.#deps.networkKeeper.apply()
    return LOOK_AGAIN
  }

  async #removeWorkload(id: string, signal: AbortSignal): Promise<undefined> {
    this.#deps.health.unwatch(id)
    // One that ended by itself is still among those that its service leads to.
    if (this.#deps.book.noteWorkload(id, undefined)) await this.#deps.networkKeeper.apply()
    await this.#deps.logs.flush(id)
    await this.#deps.runtime.remove(id, signal)
    return undefined
  }

  async #detach(id: string): Promise<undefined> {
    await this.#deps.book.update(id, (local) => ({ ...local, attached: false }))
    await this.#deps.networkKeeper.apply()
    return undefined
  }

  async #forget(id: string): Promise<undefined> {
    await this.#deps.logs.remove(id)
    await this.#deps.files.remove(id)
    await this.#deps.book.forget(id)
    return undefined
  }

  async #adoptRevision(id: string, spec: InstanceSpec | undefined): Promise<undefined> {
    await this.#deps.book.update(id, ({ spec: older, namespaceV4, namespaceV6, attached }) => ({
      id,
      spec: spec ?? older,
      namespaceV4,
      namespaceV6,
      attached,
      restarts: 0,
      strikes: 0,
    }))
    return undefined
  }

  /** What the network follows from may be among the words that changed. */
  async #adoptSpec(id: string, spec: InstanceSpec | undefined): Promise<undefined> {
    await this.#deps.book.update(id, (local) => ({ ...local, spec: spec ?? local.spec }))
    await this.#deps.networkKeeper.apply()
    return undefined
  }

  #struck(local: LocalInstance, { detail, exitCode, finishedAtMs, doomedPid, isFirst }: Strike): LocalInstance {
    const { clock, random } = this.#deps
    const { healthy: _was, ...rest } = local
    const strikes = isFirst ? 0 : local.strikes
    const notBeforeMs = clock.wallMs() + restartDelayMs(strikes, random)
    return {
      ...rest,
      strikes: strikes + 1,
      restarts: local.restarts + 1,
      notBeforeMs,
      trouble: { state: 'dead', detail },
      ...(exitCode !== undefined && { exitCode }),
      ...(finishedAtMs !== undefined && { countedExitMs: finishedAtMs }),
      ...(doomedPid !== undefined && { doomedPid }),
    }
  }

  async #noted(id: string, change: (local: LocalInstance) => LocalInstance): Promise<undefined> {
    await this.#deps.book.update(id, change)
    return undefined
  }
}

function ended(local: LocalInstance, ending: Ending): LocalInstance {
  return { ...local, ending, ...(ending.exitCode !== undefined && { exitCode: ending.exitCode }) }
}

function describeProgress({ phase, bytesDone, bytesTotal }: ImageProgress): string {
  const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`
  const amount = bytesTotal ? `${megabytes(bytesDone)} of ${megabytes(bytesTotal)}` : megabytes(bytesDone)
  return `image: ${phase}${bytesDone > 0 ? ` ${amount}` : ''}`
}
