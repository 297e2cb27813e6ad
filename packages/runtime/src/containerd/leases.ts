import type { Clock, IdGenerator } from '@oakestra/base'
import { LeasesDefinition } from './api.ts'
import type { ContainerdClient } from './client.ts'

// Longer than any pull over a poor link; if the agent dies meanwhile, what was begun may be collected after it.
const LEASE_MS = 24 * 60 * 60 * 1000

export interface LeaseMaker {
  readonly client: ContainerdClient
  readonly clock: Clock
  readonly ids: IdGenerator
}

/**
 * Runs `section` with a lease: what is made under it is not collected as garbage before something refers to it.
 * Without one, a deletion elsewhere may take a snapshot that was just prepared. `reference/lab.md` 3.2.
 */
export async function withLease<T>(maker: LeaseMaker, section: (lease: string) => Promise<T>): Promise<T> {
  const { client, clock, ids } = maker
  const id = `oakestra-${ids.next()}`
  const expiresAt = new Date(clock.wallMs() + LEASE_MS).toISOString()
  await client.call(LeasesDefinition, 'create', { id, labels: { 'containerd.io/gc.expire': expiresAt } })
  try {
    return await section(id)
  } finally {
    // A lease that stays behind ends by itself; its failure must not hide the section's.
    await client.call(LeasesDefinition, 'delete', { id }).catch(() => undefined)
  }
}
