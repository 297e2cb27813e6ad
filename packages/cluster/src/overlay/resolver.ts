import type { OverlayWorld } from '@oakestra/model'
import { parseWire, RESOLVE_METHOD, type Resolved, resolvedSchema, resolveSchema } from '@oakestra/wire'
import ipaddr from 'ipaddr.js'

// Below what a node waits for, so that it hears why.
const ROOT_TIMEOUT_MS = 4_000

export interface ResolverDeps {
  readonly world: OverlayWorld
  /** Resolves when the world is what the store says. */
  readonly refreshed: () => Promise<void>
  /** @throws OakError `unavailable` at once while root is away */
  readonly askRoot: (method: string, params: unknown, timeoutMs: number) => Promise<unknown>
}

/**
 * `net.resolve`: which service an address stands for, its own or one of its instances'. What is here is known here, with or
 * without root; anything else only root can say, and that it cannot be asked is no answer.
 * @throws OakError `bad-request`, `unavailable`, `deadline-exceeded`
 */
export async function resolveAddress({ world, refreshed, askRoot }: ResolverDeps, params: unknown): Promise<Resolved> {
  const { address } = parseWire(resolveSchema, params, 'address to resolve')
  if (!ipaddr.isValid(address)) return { serviceId: null }
  const text = ipaddr.parse(address).toString()
  await refreshed()
  const serviceId = world.ownerOf(text)
  if (serviceId !== undefined) return { serviceId }
  return parseWire(resolvedSchema, await askRoot(RESOLVE_METHOD, { address: text }, ROOT_TIMEOUT_MS), 'resolved address')
}
