import { OakError } from '@oakestra/base'
import type { WorkloadSpec } from '../runtime.ts'
import type { WorkloadMark } from '../workload-mark.ts'
import { type Container, ContainersDefinition, RuncOptions } from './api.ts'
import type { ContainerdClient } from './client.ts'
import { ignoring } from './grpc/status.ts'
import type { OciSpec } from './spec/oci-spec.ts'

const REVISION_LABEL = 'oakestra.io/revision'
const RESTARTS_ASKED_LABEL = 'oakestra.io/restarts-asked'
const STOP_SIGNAL_LABEL = 'oakestra.io/stop-signal'
const EXIT_LABEL = 'oakestra.io/exit'
const SHIM = 'io.containerd.runc.v2'
// How containerd tells types apart that are JSON inside. containerd `typeurl`.
const SPEC_TYPE = 'types.containerd.io/opencontainers/runtime-spec/1/Spec'
// containerd `identifiers`: what may be a name, and how long.
const ID_PATTERN = /^[A-Za-z0-9]+(?:[._-][A-Za-z0-9]+)*$/
const ID_LENGTH_MAX = 76
// containerd refuses a label whose key and value are longer together.
const LABEL_LENGTH_MAX = 4096

/** How a container's process ended. */
export interface RecordedExit {
  readonly exitCode: number
  readonly outOfMemory: boolean
  readonly finishedAtMs: number
}

/** containerd's record of one container of ours. */
export interface ContainerRecord extends WorkloadMark {
  readonly stopSignal: string | undefined
  /** Written down when it was seen: containerd itself forgets exits when the machine restarts. */
  readonly exit: RecordedExit | undefined
}

export interface CreateContainer {
  readonly workload: WorkloadSpec
  readonly spec: OciSpec
  readonly imageName: string
  readonly snapshotter: string
  readonly stopSignal: string | undefined
  readonly ociRuntime: string | undefined
  readonly lease: string
}

/** containerd's list of containers. A record says how one is to be run; whether it runs is its task's matter. */
export class Containers {
  readonly #client: ContainerdClient

  constructor(client: ContainerdClient) {
    this.#client = client
  }

  /** All that carry our label; what people made by hand in our namespace is theirs. */
  async list(signal?: AbortSignal): Promise<readonly ContainerRecord[]> {
    const answer = await this.#client.call(ContainersDefinition, 'list', { filters: [`labels."${REVISION_LABEL}"`] }, { signal })
    return answer.containers.map(recordOf)
  }

  async get(id: string, signal?: AbortSignal): Promise<ContainerRecord | undefined> {
    const answer = await this.#client.call(ContainersDefinition, 'get', { id }, { signal }).catch(ignoring('not-found'))
    return answer?.container && recordOf(answer.container)
  }

  /** The OCI process of a container (runtime-spec `config.md` "Process"); undefined when there is no such container. */
  async processOf(id: string, signal?: AbortSignal): Promise<object | undefined> {
    const answer = await this.#client.call(ContainersDefinition, 'get', { id }, { signal }).catch(ignoring('not-found'))
    if (!answer?.container?.spec) return undefined
    const spec: unknown = JSON.parse(Buffer.from(answer.container.spec.value).toString('utf8'))
    if (typeof spec === 'object' && spec !== null && 'process' in spec && typeof spec.process === 'object' && spec.process)
      return spec.process
    throw new OakError('internal', `the record of container ${id} says nothing about its process`)
  }

  async create(request: CreateContainer, signal?: AbortSignal): Promise<void> {
    const { workload, snapshotter, ociRuntime, stopSignal } = request
    const labels = {
      ...workload.labels,
      [REVISION_LABEL]: String(workload.revision),
      ...(workload.restartsAsked && { [RESTARTS_ASKED_LABEL]: String(workload.restartsAsked) }),
      ...(stopSignal && { [STOP_SIGNAL_LABEL]: stopSignal }),
    }
    const container = {
      id: workload.id,
      labels: checkedLabels(labels),
      image: request.imageName,
      runtime: { name: SHIM, options: runtimeOptions(ociRuntime) },
      spec: { typeUrl: SPEC_TYPE, value: Buffer.from(JSON.stringify(request.spec)) },
      snapshotter,
      snapshotKey: workload.id,
    }
    await this.#client.call(ContainersDefinition, 'create', { container }, { lease: request.lease, signal })
  }

  /** Removing what is not there is no error; so is recording the exit of what was just removed. */
  async remove(id: string, signal?: AbortSignal): Promise<void> {
    await this.#client.call(ContainersDefinition, 'delete', { id }, { signal }).catch(ignoring('not-found'))
  }

  async recordExit(id: string, exit: RecordedExit, signal?: AbortSignal): Promise<void> {
    const container = { id, labels: { [EXIT_LABEL]: JSON.stringify(exit) } }
    const request = { container, updateMask: [`labels.${EXIT_LABEL}`] }
    await this.#client.call(ContainersDefinition, 'update', request, { signal }).catch(ignoring('not-found'))
  }
}

/** The shim's own settings; `undefined` leaves containerd its default. */
export function runtimeOptions(ociRuntime: string | undefined): { typeUrl: string; value: Uint8Array } | undefined {
  if (ociRuntime === undefined) return undefined
  const value = RuncOptions.encode(RuncOptions.fromPartial({ binaryName: ociRuntime })).finish()
  return { typeUrl: 'containerd.runc.v1.Options', value }
}

/** @throws OakError `bad-request` for what containerd would refuse as a name */
export function checkContainerId(id: string): void {
  if (ID_PATTERN.test(id) && id.length <= ID_LENGTH_MAX) return
  throw new OakError(
    'bad-request',
    `'${id}' cannot be a container's id: letters, digits and single . _ - between them, at most ${ID_LENGTH_MAX}`,
  )
}

function checkedLabels(labels: Readonly<Record<string, string>>): Record<string, string> {
  // They are for people only: a long one is cut rather than keeping a service from running.
  return Object.fromEntries(
    Object.entries(labels).map(([key, value]) => [key, value.slice(0, Math.max(0, LABEL_LENGTH_MAX / 4 - key.length))]),
  )
}

function recordOf({ id, labels }: Container): ContainerRecord {
  const revision = Number(labels[REVISION_LABEL])
  const restartsAsked = Number(labels[RESTARTS_ASKED_LABEL] ?? 0)
  return {
    id,
    revision: Number.isSafeInteger(revision) ? revision : -1,
    ...(restartsAsked > 0 && Number.isSafeInteger(restartsAsked) && { restartsAsked }),
    stopSignal: labels[STOP_SIGNAL_LABEL],
    exit: parseExit(labels[EXIT_LABEL]),
  }
}

/** We wrote it, but anyone may edit labels. */
function parseExit(text: string | undefined): RecordedExit | undefined {
  if (text === undefined) return undefined
  try {
    const { exitCode, outOfMemory, finishedAtMs } = JSON.parse(text)
    return { exitCode: Number(exitCode), outOfMemory: outOfMemory === true, finishedAtMs: Number(finishedAtMs) }
  } catch {
    return undefined
  }
}
