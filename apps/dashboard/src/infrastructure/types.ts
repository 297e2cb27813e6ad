/** What the control plane answers below `/api/infrastructure`. `docs/observability.md` */

export type { MetricFamily, MetricSample } from '@oakestra/base'

export type Severity = 'critical' | 'warning' | 'info'

export interface Alert {
  readonly id: string
  readonly rule: string
  readonly labels: Readonly<Record<string, string>>
  readonly severity: Severity
  readonly state: 'pending' | 'firing' | 'resolved'
  readonly value: number
  readonly summary: string
  readonly impact: string
  readonly action: string
  readonly startedAtMs: number
  readonly firedAtMs?: number
  readonly resolvedAtMs?: number
}

export interface AlertRule {
  readonly name: string
  readonly severity: Severity
  readonly metric: string
  readonly where?: Readonly<Record<string, string>>
  readonly by?: readonly string[]
  readonly growthWithinMs?: number
  readonly is: string
  readonly threshold: number
  readonly forMs: number
  readonly summary: string
  readonly impact: string
  readonly action: string
}

export type Level = 'error' | 'warn' | 'info' | 'debug'
export const LEVELS: readonly Level[] = ['error', 'warn', 'info', 'debug']

export interface LogLine {
  readonly timeMs: number
  readonly level: Level
  readonly message: string
  readonly fields: Readonly<Record<string, unknown>>
}

export interface LogPage {
  /** The newest first. */
  readonly lines: readonly LogLine[]
  readonly isComplete: boolean
}

export interface Series {
  readonly labels: Readonly<Record<string, string>>
  readonly startMs: number
  readonly stepMs: number
  readonly values: readonly (number | null)[]
}

export interface ControllerStatus {
  readonly name: string
  readonly runs: number
  readonly failures: number
  readonly lastRunAtMs?: number
  readonly keys: readonly { readonly key: string; readonly phase: string; readonly failures: number; readonly reason?: string }[]
}

interface RolePart {
  readonly connected?: boolean
  readonly connectedClusters?: readonly string[]
  readonly connectedNodes?: readonly string[]
  readonly controllers?: readonly ControllerStatus[]
}

export type RoleName = 'root' | 'cluster' | 'node'

export interface Status extends Partial<Readonly<Record<RoleName, RolePart>>> {
  readonly version: string
  readonly roles: readonly RoleName[]
  readonly startedAtMs: number
  /** Where the page of the control plane is served; absent when it is not. */
  readonly infrastructurePort?: number
}
