import { type Clock, type IdGenerator, toOakError } from '@oakestra/base'
import { LeasesDefinition } from './api.ts'
import type { ContainerdClient } from './client.ts'
import { ignoring } from './grpc/status.ts'

// Longer than any pull over a poor link; if the agent dies meanwhile, what was begun may be collected after it.
const LEASE_MS = 24 * 60 * 60 * 1000

const PREFIX = 'oakestra-'
const LASTING_PREFIX = `${PREFIX}pull-`

export interface LeaseMaker {
  readonly client: ContainerdClient
  readonly clock: Clock
  readonly ids: IdGenerator
  /** Those this agent holds now; one set for all who make leases. */
  readonly held: Set<string>
}

/**
 * Runs `section` with a lease: what is made under it is not collected as garbage before something refers to it.
 * Without one, a deletion elsewhere may take a snapshot that was just prepared. `reference/lab.md` 3.2.
 */
export async function withLease<T>(maker: LeaseMaker, section: (lease: string) => Promise<T>): Promise<T> {
  const id = `${PREFIX}${maker.ids.next()}`
  maker.held.add(id)
  try {
    await createLease(maker, id)
    return await section(id)
  } finally {
    await deleteLease(maker, id)
    maker.held.delete(id)
  }
}

/**
 * The same for work that goes on where it was interrupted: after a failure that may pass, the lease stays for the next attempt
 * of the same `name`, and with it what was done so far; until it expires.
 */
export async function withLastingLease<T>(maker: LeaseMaker, name: string, section: (lease: string) => Promise<T>): Promise<T> {
  const id = `${LASTING_PREFIX}${name}`
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

/**
 * Ends the leases of agents that were killed, and collects what they held: half-unpacked layers, file systems of containers
 * that were never made. Lasting ones stay, for the next attempt.
 */
export async function endAbandonedLeases({ client, held }: LeaseMaker): Promise<void> {
  const { leases } = await client.call(LeasesDefinition, 'list', {})
  const abandoned = leases.filter(({ id }) => id.startsWith(PREFIX) && !id.startsWith(LASTING_PREFIX) && !held.has(id))
  // The last one waits for the collector, so that it has run when this resolves.
  for (const [index, { id }] of abandoned.entries()) {
    await client.call(LeasesDefinition, 'delete', { id, sync: index === abandoned.length - 1 }).catch(ignoring('not-found'))
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
