import { existsSync } from 'node:fs'
import { type Logger, realClock, toOakError } from '@oakestra/base'
import { createKernelNetwork } from '@oakestra/net'
import { nodeTag } from '@oakestra/node'
import { loadIdentity } from '@oakestra/pki'
import { createContainerdRuntime, ensureContainerd, removeGuests, stopPrivateContainerd } from '@oakestra/runtime'
import type { OakConfig } from '../config.ts'
import { nodePlaces } from './node-places.ts'
import type { RoleDeps } from './roles.ts'

/**
 * Removes what the node of this data directory left on the machine: workloads, network, its own containerd. Root and
 * cluster leave nothing outside the directory. What cannot be removed is said, and the rest is removed all the same.
 */
export async function cleanRoles(config: OakConfig, { logger }: Pick<RoleDeps, 'logger'>): Promise<readonly string[]> {
  const places = nodePlaces(config)
  if (!existsSync(places.dir)) return []
  const removed: string[] = []
  await attempt(logger, 'workloads', async () => removed.push(...(await removeWorkloads(config, logger))))
  await attempt(logger, 'guests', async () => {
    const { qemu, guests: namespace, vms, virtualMachines } = places
    const guests = await removeGuests({ dir: qemu, namespace, clock: realClock, logger })
    guests.push(...(await removeGuests({ dir: vms, namespace: virtualMachines, clock: realClock, logger })))
    removed.push(...guests.map((id) => `guest ${id}`))
  })
  await attempt(logger, 'network', async () => removed.push(...(await removeNetwork(config, logger))))
  await attempt(logger, 'containerd', async () => {
    const isPrivate = existsSync(places.containerd)
    await stopPrivateContainerd({ dataDir: places.containerd, clock: realClock, logger })
    if (isPrivate) removed.push('the private containerd')
  })
  return removed
}

async function removeWorkloads(config: OakConfig, logger: Logger): Promise<readonly string[]> {
  const { containerd, namespace } = nodePlaces(config)
  const { containerdSocket } = config.node
  const daemon = await ensureContainerd({
    dataDir: containerd,
    clock: realClock,
    logger,
    ...(containerdSocket && { socketPath: containerdSocket }),
  })
  await using runtime = await createContainerdRuntime({ socketPath: daemon.socketPath, namespace, clock: realClock, logger })
  const workloads = await runtime.list()
  for (const workload of workloads) await runtime.remove(workload.id)
  return workloads.map((workload) => `container ${workload.id}`)
}

async function removeNetwork(config: OakConfig, logger: Logger): Promise<readonly string[]> {
  const identity = await loadIdentity(nodePlaces(config).identity)
  if (!identity) return []
  const tag = nodeTag(identity.id)
  await using network = createKernelNetwork({ tag, logger, clock: realClock })
  await network.clear()
  return [`network oak${tag}`]
}

async function attempt(logger: Logger, what: string, removal: () => Promise<unknown>): Promise<void> {
  try {
    await removal()
  } catch (thrown) {
    logger.error('could not be removed', { what, err: toOakError(thrown).message })
  }
}
