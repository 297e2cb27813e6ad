import { existsSync } from 'node:fs'
import path from 'node:path'
import { type Logger, realClock } from '@oakestra/base'
import type { Machine } from '@oakestra/node'
import { createQemuRuntime, type Runtime } from '@oakestra/runtime'
import type { OakConfig } from '../config.ts'
import { nodePlaces } from './node-places.ts'

/**
 * What runs unikernels on this node; `undefined` when nobody asked for it and none is left from when somebody did. Switched
 * off, it looks after what still runs, until that is removed.
 */
export async function guestRuntime(config: OakConfig, { architecture }: Machine, logger: Logger): Promise<Runtime | undefined> {
  const { qemu: dir, guests: namespace } = nodePlaces(config)
  const { enabled: isOffered, allowTcg } = config.node.unikernel
  if (!isOffered && !existsSync(path.join(dir, 'instances'))) return undefined
  const runtime = await createQemuRuntime({ dir, namespace, architecture, allowTcg, isOffered, clock: realClock, logger })
  // Whether KVM works takes seconds to find out where it does not: meanwhile everything else may begin.
  if (isOffered) runtime.check().catch(() => undefined)
  return runtime
}
