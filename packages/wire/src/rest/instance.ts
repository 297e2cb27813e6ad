import { type DesiredInstance, instanceStatus, isReady, type ObservedInstance, type Service, type StatusView } from '@oakestra/model'
import { z } from 'zod'
import { decimalText, epochSeconds } from './formats.ts'
import { type InstanceUsage, toWireHistory, wireSampleSchema } from './usage.ts'

/** Everything that is known about one instance. */
export interface InstanceView {
  readonly instance: DesiredInstance
  readonly observed?: ObservedInstance
  /** Name and place of its cluster, once one was chosen; `silentMs` while that is not connected. */
  readonly cluster?: { readonly name: string; readonly location: string; readonly silentMs?: number }
  readonly usage: InstanceUsage
  /** The newest of its output, where it was asked for. */
  readonly logs?: string
}

const candidateSchema = z.object({ id: z.string(), name: z.string(), reasons: z.array(z.string()) })

export const wireInstanceSchema = z
  .object({
    _id: z.string(),
    instance_number: z.int(),
    status: z.string(),
    status_detail: z.string(),
    cluster_id: z.string(),
    cluster_name: z.string(),
    cluster_location: z.string(),
    worker_id: z.string(),
    worker_name: z.string(),
    publicip: z.string(),
    host_ip: z.string(),
    host_port: z.int().describe('The first published port; 0 without one, and before a node was found.'),
    instance_ip: z.string(),
    instance_ip_v6: z.string(),
    cpu_percent: z.string(),
    memory_percent: z.string().describe('Of the memory the service asks for.'),
    memory_bytes: z.int(),
    disk: z.string().describe('Bytes.'),
    logs: z.string(),
    restarts: z.int(),
    restarts_asked: z.int().describe('How many restarts had been asked for when its present, or last, process was started.'),
    revision: z.int().describe('Of the service: the one it runs, or shall run while nothing was heard of it.'),
    term: z.int().describe('How many places it had before this one.'),
    health: z
      .enum(['starting', 'healthy', 'unhealthy'])
      .nullable()
      .describe('What its health check says; null without one, and while it does not run.'),
    ready: z.boolean().describe('It runs and, where that is asked, works.'),
    leaving: z.string().describe('Why it is being moved to another cluster; empty when it is not.'),
    placement_note: z.string().describe('What was remarkable about the last choice of a cluster; mostly empty.'),
    exit_code: z.int().nullable(),
    last_modified_timestamp: z.number(),
    cpu_history: z.array(wireSampleSchema),
    memory_history: z.array(wireSampleSchema),
    candidates: z.array(candidateSchema).describe('Why each candidate was refused, while no place was found.'),
  })
  .meta({ id: 'Instance' })
export type WireInstance = z.infer<typeof wireInstanceSchema>

const BYTES_PER_MIB = 1024 * 1024

/**
 * An instance in upstream's words. Texts and lists are there from birth: the dashboard stops at the first that is missing
 * (`reference/experience.md` 1.5), the Go CLI at the first of another type (2.3).
 *
 * One literal: spreading parts into it takes ten times as long, and lists show thousands of instances.
 */
export function toWireInstance(view: InstanceView, service: Service): WireInstance {
  const { instance, observed, cluster, usage, logs = '' } = view
  const { cpuPercent = 0, memoryBytes = 0, diskBytes = 0 } = usage.latest ?? {}
  const status = statusOf(view)
  const host = observed?.hostAddress ?? ''
  const askedBytes = service.descriptor.resources.memoryMiB * BYTES_PER_MIB
  return {
    _id: instance.id,
    instance_number: instance.number,
    status: status.word,
    status_detail: status.detail,
    cluster_id: instance.clusterId ?? '',
    cluster_name: cluster?.name ?? '',
    cluster_location: cluster?.location ?? '',
    worker_id: observed?.nodeId ?? '',
    worker_name: observed?.nodeName ?? '',
    publicip: host,
    host_ip: host,
    host_port: host === '' ? 0 : (service.descriptor.ports[0]?.hostPort ?? 0),
    instance_ip: instance.addresses.v4,
    instance_ip_v6: instance.addresses.v6,
    cpu_percent: decimalText(cpuPercent),
    memory_percent: decimalText(askedBytes > 0 ? (memoryBytes / askedBytes) * 100 : 0),
    memory_bytes: Math.round(memoryBytes),
    disk: String(Math.round(diskBytes)),
    logs,
    restarts: observed?.restarts ?? 0,
    restarts_asked: observed?.restartsAsked ?? 0,
    revision: observed?.revision ?? instance.revision ?? service.revision,
    term: instance.term ?? 0,
    health: observed?.health ?? null,
    ready: observed !== undefined && !instance.removing && isReady(observed),
    leaving: instance.leaving?.reason ?? '',
    placement_note: instance.placementNote ?? '',
    exit_code: observed?.exitCode ?? null,
    last_modified_timestamp: epochSeconds(usage.cpuHistory.at(-1)?.atMs ?? observed?.startedAtMs ?? instance.createdAtMs),
    cpu_history: toWireHistory(usage.cpuHistory),
    memory_history: toWireHistory(usage.memoryHistory),
    candidates: candidatesOf(view),
  }
}

/** The status of an instance as `model` derives it. */
export function statusOf({ instance, observed, cluster }: InstanceView): StatusView {
  const { removing, clusterId, rejection, leaving } = instance
  return instanceStatus({
    removing,
    ...(clusterId === undefined ? {} : { clusterId }),
    ...(rejection ? { rejection } : {}),
    ...(observed ? { observed } : {}),
    ...(leaving ? { leaving } : {}),
    ...(cluster?.silentMs === undefined ? {} : { away: { clusterName: cluster.name, silentMs: cluster.silentMs } }),
  })
}

/** Of the refusals that stand: by the nodes of its cluster, and by clusters that could have it instead. */
function candidatesOf({ instance, observed }: InstanceView): WireInstance['candidates'] {
  const refusals = [instance.clusterId === undefined ? undefined : observed?.rejection, instance.rejection]
  return refusals.flatMap((rejection) => rejection?.candidates ?? []).map(({ id, name, reasons }) => ({ id, name, reasons: [...reasons] }))
}
