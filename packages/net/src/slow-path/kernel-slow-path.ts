import type { Clock, Logger } from '@oakestra/base'
import { checkTag } from '../plan/names.ts'
import { SlowPath, type SlowPathOptions } from './slow-path.ts'
import { openTunDevice } from './tun-device.ts'

export interface KernelSlowPathOptions {
  readonly tag: string
  readonly clock: Clock
  readonly logger: Logger
  /** Path of a network namespace that plays the machine. Absent: the process's own. */
  readonly hostNetns?: string
  readonly resolve: SlowPathOptions['resolve']
}

/**
 * A slow path in the kernel of this machine; needs root. The network's input must say `asksForUnknown`. It goes with the
 * process: until the next one opens it, unknown addresses are refused.
 * @throws OakError `unavailable` when the link cannot be made, for example while another process has it
 */
export async function createKernelSlowPath({ tag, clock, logger, hostNetns, resolve }: KernelSlowPathOptions): Promise<SlowPath> {
  return new SlowPath({ device: await openTunDevice(checkTag(tag), logger, hostNetns), clock, logger, resolve })
}
