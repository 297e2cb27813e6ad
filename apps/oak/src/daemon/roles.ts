import type { Logger } from '@oakestra/base'
import type { Role } from '../config/settings.ts'
import type { OakConfig } from '../config.ts'

export type { Role } from '../config/settings.ts'

export interface RoleDeps {
  readonly logger: Logger
  /** Tells of every line that is logged. @returns how to stop */
  onLogLine(listener: (line: string) => void): () => void
}

/** The roles of one process while they run. Disposing stops the agents and leaves workloads and traffic as they are. */
export interface RunningRoles extends AsyncDisposable {
  /** Where root's REST API answers; absent in a process without root. */
  readonly apiUrl?: string
  /** Where the dashboard is; absent when this process serves none. */
  readonly dashboardUrl?: string
  /** Where the infrastructure dashboard is; absent when this process serves none. */
  readonly infrastructureUrl?: string
  /** Resolves when every role does its work: APIs answer, the cluster is at its root, the node at its cluster. */
  ready(signal?: AbortSignal): Promise<void>
  /** What a person or program may want to know about the inside: plain JSON. */
  status(): Promise<unknown>
}

/** What the composition of roles offers to the program around it. */
export interface RoleComposition {
  /** Starts roles in this process. @throws OakError `port-in-use`, `bad-request`, `unavailable` */
  startRoles(config: OakConfig, roles: readonly Role[], deps: RoleDeps): Promise<RunningRoles>
  /** Removes every trace the roles left on this machine, the data directory excepted; says what it removed, one line each. */
  cleanRoles(config: OakConfig, deps: Pick<RoleDeps, 'logger'>): Promise<readonly string[]>
}
