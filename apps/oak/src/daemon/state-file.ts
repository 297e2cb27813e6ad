import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Role } from '../config/settings.ts'
import { asIdentity, isRunning, type ProcessIdentity } from './process-identity.ts'

/** What a running daemon tells the commands beside it. */
export interface DaemonState {
  readonly process: ProcessIdentity
  readonly roles: readonly Role[]
  readonly phase: 'starting' | 'ready' | 'stopping'
  readonly version: string
  readonly startedAtMs: number
  /** Where root's API answers; absent before it listens and without root. */
  readonly apiUrl?: string
  /** Where the dashboard is; absent when it is not served here. */
  readonly dashboardUrl?: string
  /** Where the infrastructure dashboard is; absent when it is not served here. */
  readonly infrastructureUrl?: string
  readonly logFile?: string
}

const ALL_ROLES: readonly Role[] = ['root', 'cluster', 'node']

/** Files of the processes of one data directory. */
export const places = {
  lock: (dataDir: string, role: Role) => join(dataDir, 'run', `${role}.lock`),
  state: (dataDir: string, role: Role) => join(dataDir, 'run', `${role}.json`),
  logFile: (dataDir: string, role: Role) => join(dataDir, 'log', `${role}.log`),
  /** Whatever a detached process prints besides its log: a crash, a warning of Node. */
  outFile: (dataDir: string, role: Role) => join(dataDir, 'log', `${role}.out`),
  initialPassword: (dataDir: string) => join(dataDir, 'root', 'initial-admin-password'),
  /** With which operators change things at the cluster itself. */
  localToken: (dataDir: string) => join(dataDir, 'cluster', 'local-token'),
  /** With which scrapers read numbers. */
  metricsToken: (dataDir: string) => join(dataDir, 'metrics-token'),
  /** Where the node of this machine is asked what it does. */
  debug: (dataDir: string) => join(dataDir, 'run', 'node.sock'),
  /** Where the cluster's own API answered last. */
  localApi: (dataDir: string) => join(dataDir, 'cluster', 'local-api'),
}

/** Writes the state of a process for each of its roles. */
export function writeState(dataDir: string, state: DaemonState): void {
  for (const role of state.roles) {
    const path = places.state(dataDir, role)
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    writeFileSync(`${path}.new`, JSON.stringify(state), { mode: 0o600 })
    renameSync(`${path}.new`, path)
  }
}

export function removeState(dataDir: string, roles: readonly Role[]): void {
  for (const role of roles) rmSync(places.state(dataDir, role), { force: true })
}

/** The daemons that run with this data directory now, each once. What a crash left behind does not count. */
export function runningDaemons(dataDir: string): readonly DaemonState[] {
  const byPid = new Map<number, DaemonState>()
  for (const role of ALL_ROLES) {
    const state = readState(places.state(dataDir, role))
    if (state && isRunning(state.process)) byPid.set(state.process.pid, state)
  }
  return [...byPid.values()]
}

function readState(path: string): DaemonState | undefined {
  try {
    const value = JSON.parse(readFileSync(path, 'utf8')) as DaemonState
    return asIdentity(value.process) ? value : undefined
  } catch {
    return undefined
  }
}
