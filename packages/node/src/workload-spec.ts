import type { InstanceSpec } from '@oakestra/model'
import { guestImageFor, type Mount, type WorkloadSpec } from '@oakestra/runtime'

const MIB = 1024 * 1024
// A fork bomb must not take the machine with it; ordinary services stay far below.
const PIDS_MAX = 4096

/** The name a workload knows itself by: its service and its number. */
export function hostnameOf(spec: InstanceSpec): string {
  const service = spec.jobName.split('.')[2] ?? 'instance'
  return `${service.toLowerCase()}-${spec.number}`
}

/** What a runtime is asked for: of several archives of a guest the one for this machine. @throws OakError `image-invalid` */
export function imageOf({ image, virtualization, architectures }: InstanceSpec, architecture: string): string {
  return virtualization === 'unikernel' ? guestImageFor(image, architectures, architecture) : image
}

export interface WorkloadSurroundings {
  /** The one of those in the descriptor that is for this machine. */
  readonly image: string
  readonly netnsPath: string
  readonly mounts: readonly Mount[]
  readonly stdoutPath: string
  readonly stderrPath: string
}

/** What the runtime is asked for. Zero in a request means no limit. `reference/worker.md` 5. */
export function workloadSpec(spec: InstanceSpec, surroundings: WorkloadSurroundings): WorkloadSpec {
  const hostname = hostnameOf(spec)
  const { memoryMiB, vcpus, storageMiB } = spec.resources
  return {
    id: spec.instanceId,
    revision: spec.revision,
    ...(spec.restartsAsked && { restartsAsked: spec.restartsAsked }),
    labels: {
      'oakestra.io/service': spec.jobName,
      'oakestra.io/service-id': spec.serviceId,
      'oakestra.io/instance-number': String(spec.number),
    },
    command: spec.command,
    environment: [`HOSTNAME=${hostname}`, ...spec.environment],
    hostname,
    limits: {
      pids: PIDS_MAX,
      ...(memoryMiB > 0 && { memoryBytes: memoryMiB * MIB }),
      ...(vcpus > 0 && { cpus: vcpus }),
      ...(storageMiB > 0 && { storageBytes: storageMiB * MIB }),
    },
    privileged: spec.privileged,
    ...surroundings,
  }
}
