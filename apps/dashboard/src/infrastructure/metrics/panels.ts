import { bytesText, percentText } from '../../words/amounts.ts'

/** One chart: which numbers, how they are put together, and how they are read. */
export interface Panel {
  readonly title: string
  readonly metric: string
  readonly where?: Readonly<Record<string, string>>
  /** One line for each value of this label; without it, one line for all. */
  readonly by?: string
  /** Lines whose label has the same value are added up, or the greatest of them counts. */
  readonly join?: 'sum' | 'max'
  /** Counters are shown as growth per minute, or per second for what is measured in seconds. */
  readonly rate?: 'minute' | 'second'
  readonly factor?: number
  readonly format: (value: number) => string
  /** The least upper end of the axis. */
  readonly atLeast: number
  readonly binary?: boolean
}

export interface PanelGroup {
  readonly title: string
  readonly panels: readonly Panel[]
}

export const plain = (value: number): string =>
  Number.isInteger(value) || value >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(1)
export const perMinute = (value: number): string => `${plain(value)}/min`
export const milliseconds = (value: number): string => (value >= 10 ? `${Math.round(value)} ms` : `${value.toFixed(1)} ms`)
export const days = (value: number): string => `${(value / 86_400).toFixed(1)} d`

const MEBIBYTE = 1_048_576

/** Everything useful over time, what people are asked about first. What is not measured here is left out. */
export const GROUPS: readonly PanelGroup[] = [
  {
    title: 'Workloads',
    panels: [
      { title: 'Instances by status', metric: 'oak_instances', by: 'status', format: plain, atLeast: 4 },
      { title: 'Instances missing, by service', metric: 'oak_service_instances_missing', by: 'service', format: plain, atLeast: 2 },
      { title: 'Restarts, by service', metric: 'oak_service_restarts_total', by: 'service', rate: 'minute', format: perMinute, atLeast: 1 },
      { title: 'Processor of instances', metric: 'oak_instance_cpu_percent', by: 'instance', format: percentText, atLeast: 10 },
      {
        title: 'Memory of instances',
        metric: 'oak_instance_memory_bytes',
        by: 'instance',
        format: bytesText,
        atLeast: 32 * MEBIBYTE,
        binary: true,
      },
    ],
  },
  {
    title: 'Clusters and nodes',
    panels: [
      { title: 'Clusters here', metric: 'oak_cluster_up', join: 'sum', format: plain, atLeast: 2 },
      { title: 'Nodes by state', metric: 'oak_cluster_nodes', by: 'state', format: plain, atLeast: 2 },
      { title: 'Nodes: 1 here, 0 away', metric: 'oak_node_up', by: 'node', join: 'max', format: plain, atLeast: 1 },
      { title: 'Processor of clusters', metric: 'oak_cluster_cpu_percent', by: 'cluster', format: percentText, atLeast: 20 },
      { title: 'Memory of clusters', metric: 'oak_cluster_memory_percent', by: 'cluster', format: percentText, atLeast: 20 },
      { title: 'Processor of nodes', metric: 'oak_node_cpu_percent', by: 'node', format: percentText, atLeast: 20 },
      { title: 'Memory of nodes', metric: 'oak_node_memory_percent', by: 'node', format: percentText, atLeast: 20 },
      { title: 'Instances on nodes', metric: 'oak_node_instances', by: 'node', format: plain, atLeast: 4 },
    ],
  },
  {
    title: 'Logs',
    panels: [
      { title: 'Lines by level', metric: 'oak_log_lines_total', by: 'level', rate: 'minute', format: perMinute, atLeast: 4 },
      {
        title: 'Errors by role',
        metric: 'oak_log_lines_total',
        where: { level: 'error' },
        by: 'role',
        rate: 'minute',
        format: perMinute,
        atLeast: 1,
      },
    ],
  },
  {
    title: 'Controllers',
    panels: [
      { title: 'Objects that wait', metric: 'oak_controller_queued_keys', by: 'controller', format: plain, atLeast: 4 },
      { title: 'Objects that fail', metric: 'oak_controller_failing_keys', by: 'controller', format: plain, atLeast: 2 },
      { title: 'Runs', metric: 'oak_controller_runs_total', by: 'controller', rate: 'minute', format: perMinute, atLeast: 10 },
      { title: 'Failed runs', metric: 'oak_controller_failures_total', by: 'controller', rate: 'minute', format: perMinute, atLeast: 1 },
    ],
  },
  {
    title: 'Process and disk',
    panels: [
      {
        title: 'Processor of the process',
        metric: 'process_cpu_seconds_total',
        rate: 'second',
        factor: 100,
        format: percentText,
        atLeast: 10,
      },
      { title: 'Memory of the process', metric: 'process_resident_memory_bytes', format: bytesText, atLeast: 64 * MEBIBYTE, binary: true },
      {
        title: 'Event loop behind',
        metric: 'nodejs_eventloop_lag_seconds',
        factor: 1_000,
        format: milliseconds,
        atLeast: 20,
      },
      { title: 'Processor of the machine', metric: 'oak_machine_cpu_percent', format: percentText, atLeast: 20 },
      { title: 'Memory of the machine', metric: 'oak_machine_memory_percent', format: percentText, atLeast: 20 },
      { title: 'Disk free', metric: 'oak_disk_free_bytes', format: bytesText, atLeast: 1024 * MEBIBYTE, binary: true },
      { title: 'Stores', metric: 'oak_store_bytes', by: 'store', format: bytesText, atLeast: MEBIBYTE, binary: true },
      { title: 'Certificates valid for', metric: 'oak_certificate_valid_seconds', by: 'role', join: 'max', format: days, atLeast: 86_400 },
    ],
  },
]
