import { existsSync } from 'node:fs'
import path from 'node:path'
import { type Logger, realClock } from '@oakestra/base'
import type { Machine } from '@oakestra/node'
import { createQemuRuntime, type QemuRuntimeOptions, type RootFileSystems, type Runtime } from '@oakestra/runtime'
import type { OakConfig } from '../config.ts'
import { nodePlaces } from './node-places.ts'

/**
 * What runs unikernels and virtual machines on this node; nothing when nobody asked for it and none is left from when somebody
 * did. Switched off, it looks after what still runs, until that is removed.
 */
export async function guestRuntimes(
  config: OakConfig,
  { architecture }: Machine,
  rootFileSystems: RootFileSystems,
  logger: Logger,
): Promise<readonly Runtime[]> {
  const { qemu, guests, vms, virtualMachines } = nodePlaces(config)
  const { enabled: isOffered, allowTcg } = config.node.unikernel
  const common = { architecture, allowTcg, isOffered, clock: realClock, logger }
  const kinds: readonly QemuRuntimeOptions[] = [
    { ...common, dir: qemu, namespace: guests },
    { ...common, dir: vms, namespace: virtualMachines, rootFileSystems },
  ]
  const needed = kinds.filter(({ dir }) => isOffered || existsSync(path.join(dir, 'instances')))
  const runtimes = await Promise.all(needed.map(createQemuRuntime))
  // Whether KVM works takes seconds to find out where it does not: meanwhile everything else may begin.
  if (isOffered) for (const runtime of runtimes) runtime.check().catch(() => undefined)
  return runtimes
}
