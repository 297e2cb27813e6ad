import { type Clock, type Logger, OakError } from '@oakestra/base'
import type { LogKeeper } from '../logs.ts'

export interface LogKeeperOptions {
  /** One directory below it per id; the keeper owns it alone. */
  readonly dir: string
  readonly clock: Clock
  readonly logger: Logger
  /** A file this long is closed and the next begun. Default 8 MiB. */
  readonly rotateBytes?: number
  /** Closed files kept beside the one being written. Default 3. */
  readonly filesKept?: number
  /** Unread output kept when a workload prints faster than it is read, or while the agent is away; older is dropped with a notice. Default 16 MiB. */
  readonly backlogBytesMax?: number
  /** Output is gathered so long before it is read. Default 100 ms. */
  readonly gatherMs?: number
  /** How often files are looked at when the kernel announces nothing. Default 5 s. */
  readonly periodMs?: number
}

/** Keeps logs in files below one directory. */
export async function createLogKeeper(_options: LogKeeperOptions): Promise<LogKeeper> {
  throw new OakError('not-supported', 'not built yet')
}
