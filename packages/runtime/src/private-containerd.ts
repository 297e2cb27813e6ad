import { type Clock, type Logger, OakError } from '@oakestra/base'

export interface EnsureContainerdOptions {
  /** Directory for a daemon of our own: its images, its state, its pid. */
  readonly dataDir: string
  readonly clock: Clock
  readonly logger: Logger
  /** Use the daemon behind this socket and start none. */
  readonly socketPath?: string
  /** `private` always uses a daemon of our own, even when the machine runs one. Default `auto`. */
  readonly mode?: 'auto' | 'private'
}

export interface ContainerdDaemon {
  readonly socketPath: string
  readonly version: string
  /** True when it is a daemon we started. */
  readonly isPrivate: boolean
}

/** Finds the machine's containerd, or starts (or finds again) a private one that outlives the agent. */
export async function ensureContainerd(_options: EnsureContainerdOptions): Promise<ContainerdDaemon> {
  throw new OakError('not-supported', 'not built yet')
}

/** Ends the private daemon with everything it runs and removes its files. Without one it does nothing. */
export async function stopPrivateContainerd(_options: Pick<EnsureContainerdOptions, 'dataDir' | 'clock' | 'logger'>): Promise<void> {
  throw new OakError('not-supported', 'not built yet')
}
