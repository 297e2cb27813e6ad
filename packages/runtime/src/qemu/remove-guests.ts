import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { Cgroups } from '../containerd/cgroups.ts'
import { observeCgroups } from '../containerd/spec/machine.ts'
import { createQemuRuntime, type QemuRuntimeOptions } from './create-runtime.ts'
import { mountsIn, unmountBelow } from './images/vm-images.ts'

/** Ends and removes all guests of a directory, their images, and the directory itself. @returns ids of the guests */
export async function removeGuests(options: Omit<QemuRuntimeOptions, 'allowTcg' | 'architecture'>): Promise<string[]> {
  if (!existsSync(options.dir)) return []
  await using runtime = await createQemuRuntime({ ...options, allowTcg: true, architecture: '' })
  const guests = await runtime.list()
  for (const { id } of guests) await runtime.remove(id)
  await new Cgroups(await observeCgroups(), `/${options.namespace}`, options.clock).removeParent()
  await unmountBelow(mountsIn(options.dir))
  await rm(options.dir, { recursive: true, force: true })
  return guests.map(({ id }) => id)
}
