import { type Clock, type IdGenerator, toOakError } from '@oakestra/base'
import { LeasesDefinition } from './api.ts'
import type { ContainerdClient } from './client.ts'
import { ignoring } from './grpc/status.ts'

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
  const id = `oakestra-${maker.ids.next()}`
  await createLease(maker, id)
  try {
    return await section(id)
  } finally {
    await deleteLease(maker, id)
  }
}

/**
 * The same for work that goes on where it was interrupted: after a failure that may pass, the lease stays for the next attempt
 * of the same `name`, and with it what was done so far; until it expires.
 */
export async function withLastingLease<T>(maker: LeaseMaker, name: string, section: (lease: string) => Promise<T>): Promise<T> {
  const id = `oakestra-${name}`
  await createLease(maker, id).catch(ignoring('already-exists'))
  let isOver = true
  try {
    return await section(id)
  } catch (thrown) {
    const { retryable, code } = toOakError(thrown)
    isOver = !retryable && code !== 'aborted'
    throw thrown
  } finally {
    if (isOver) await deleteLease(maker, id)
  }
}

async function createLease({ client, clock }: LeaseMaker, id: string): Promise<void> {
  const expiresAt = new Date(clock.wallMs() + LEASE_MS).toISOString()
  await client.call(LeasesDefinition, 'create', { id, labels: { 'containerd.io/gc.expire': expiresAt } })
}

/** A lease that stays behind ends by itself; its failure must not hide the section's. */
async function deleteLease({ client }: LeaseMaker, id: string): Promise<void> {
  await client.call(LeasesDefinition, 'delete', { id }).catch(() => undefined)
}
