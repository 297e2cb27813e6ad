import { execFile } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { promisify } from 'node:util'
import { type Clock, OakError } from '@oakestra/base'
import { ContainersDefinition, NamespacesDefinition } from '../containerd/api.ts'
import { Cgroups } from '../containerd/cgroups.ts'
import { ContainerdClient } from '../containerd/client.ts'
import { observeCgroups } from '../containerd/spec/machine.ts'
import { shimSocket } from '../containerd/stray-shims.ts'
import { Tasks } from '../containerd/tasks.ts'
import { mountPointsBelow } from '../mount-points.ts'
import type { PrivatePlaces } from './places.ts'

const run = promisify(execFile)

/** Ends and removes every container of a daemon, whoever made it. */
export async function removeContainers(socketPath: string, clock: Clock): Promise<void> {
  await using client = new ContainerdClient({ socketPath, namespace: 'default', clock })
  const { namespaces } = await client.call(NamespacesDefinition, 'list', {})
  for (const { name } of namespaces) await removeContainersOf({ socketPath, namespace: name, clock })
}

/** Unmounts what is still mounted below the directories and deletes them. Never deletes through a mount. */
export async function removeFiles(places: PrivatePlaces): Promise<void> {
  // One may have gone since they were listed: what counts is what is still there afterwards.
  for (const point of await mountPointsBelow(places.dir)) await run('umount', ['--lazy', point]).catch(() => undefined)
  const left = await mountPointsBelow(places.dir)
  if (left.length > 0) throw new OakError('unavailable', `still mounted: ${left.join(', ')}`)
  await rm(places.dir, { recursive: true, force: true })
  if (places.socketDir) await rm(places.socketDir, { recursive: true, force: true })
}

async function removeContainersOf(options: { socketPath: string; namespace: string; clock: Clock }): Promise<void> {
  await using client = new ContainerdClient(options)
  const tasks = new Tasks(client)
  const cgroups = new Cgroups(await observeCgroups(), `/${options.namespace}`, options.clock)
  const { containers } = await client.call(ContainersDefinition, 'list', {})
  for (const { id } of containers) {
    await tasks.remove(id)
    await client.call(ContainersDefinition, 'delete', { id })
    await cgroups.remove(id)
    await rm(shimSocket(options, id), { force: true })
  }
  await cgroups.removeParent()
}
