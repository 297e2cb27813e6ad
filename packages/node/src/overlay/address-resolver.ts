import { type Clock, onAbort, throwIfAborted } from '@oakestra/base'
import type { TableInstance } from '@oakestra/model'
import { parseWire, RESOLVE_METHOD, resolvedSchema } from '@oakestra/wire'
import { AddressIndex } from './address-index.ts'
import { Denials } from './denials.ts'
import type { Interests } from './interests.ts'
import type { KnownItems } from './overlay-items.ts'
import { canonicalAddress } from './read-overlay-item.ts'

// Less than the packets wait (`SLOW_PATH_LIMITS.waitMs`): the table has to come and to be applied after the answer.
const ASK_MS = 8_000
// A table and the peers behind it may come with two documents. Once the table is here, the second is not waited for longer.
const PEERS_MS = 1_000

export interface ResolverDeps {
  readonly nodeId: string
  readonly clock: Clock
  readonly interests: Pick<Interests, 'add'>
  readonly items: () => Promise<KnownItems>
  /** Makes the kernel know what is known now. */
  readonly apply: () => Promise<void>
  /** Asks the cluster. @throws OakError `unavailable` while it is away */
  readonly request: (method: string, params: unknown, timeoutMs: number) => Promise<unknown>
}

/** What is known of an address: nothing yet; that it has no meaning; a way that is not there yet; or all there is. */
type Knowledge = 'unknown' | 'nobody' | 'without-way' | 'known'

/** Finds out what an address stands for that nobody on this node has used yet. */
export class AddressResolver {
  readonly #deps: ResolverDeps
  readonly #denials: Denials
  readonly #waiting = new Set<() => void>()
  readonly #index = new AddressIndex()

  constructor(deps: ResolverDeps) {
    this.#deps = deps
    this.#denials = new Denials(deps.clock)
  }

  /** To be called when tables or peers changed. */
  itemsChanged(): void {
    for (const wake of this.#waiting) wake()
  }

  /**
   * True once the kernel knows the address, false when nobody has it.
   * @throws OakError when the cluster cannot be asked, or `aborted`
   */
  async resolve(text: string, signal: AbortSignal): Promise<boolean> {
    const address = canonicalAddress(text)
    if (address === undefined || this.#denials.has(address)) return false
    if ((await this.#knowledgeOf(address)) !== 'known' && !(await this.#ask(address, signal))) {
      this.#denials.add(address)
      return false
    }
    await this.#deps.apply()
    return true
  }

  async #ask(address: string, signal: AbortSignal): Promise<boolean> {
    const { interests, request } = this.#deps
    const { serviceId } = parseWire(resolvedSchema, await request(RESOLVE_METHOD, { address }, ASK_MS), 'answer about an address')
    throwIfAborted(signal)
    if (serviceId === null) return false
    await interests.add(serviceId)
    return this.#arrives(address, serviceId, signal)
  }

  /** Waits for the document that says what the address means, until the packets that wait for it are given up. */
  async #arrives(address: string, serviceId: string, signal: AbortSignal): Promise<boolean> {
    const { clock } = this.#deps
    let withoutWaySinceMs: number | undefined
    for (;;) {
      throwIfAborted(signal)
      // Before looking, so that no change is missed.
      const change = this.#nextChange(signal)
      try {
        const knowledge = await this.#knowledgeOf(address, serviceId)
        if (knowledge === 'known' || knowledge === 'nobody') return knowledge === 'known'
        if (knowledge === 'without-way') withoutWaySinceMs ??= clock.monotonicMs()
        if (withoutWaySinceMs !== undefined && clock.monotonicMs() - withoutWaySinceMs >= PEERS_MS) return true
        await change.happened
      } finally {
        change.forget()
      }
    }
  }

  /** The next change of anything that is known, a look after a while, or the end of all waiting. */
  #nextChange(signal: AbortSignal): { readonly happened: Promise<void>; forget(): void } {
    let wake: () => void = () => undefined
    const happened = new Promise<void>((resolve) => {
      wake = resolve
    })
    this.#waiting.add(wake)
    const unlink = onAbort(signal, wake)
    const timer = this.#deps.clock.after(PEERS_MS, wake)
    const forget = () => {
      this.#waiting.delete(wake)
      unlink()
      timer.cancel()
    }
    return { happened, forget }
  }

  /** @param serviceId what the cluster says has the address; absent: it was not asked */
  async #knowledgeOf(address: string, serviceId?: string): Promise<Knowledge> {
    this.#index.follow(await this.#deps.items())
    const table = this.#index.tableAt(address)
    if (!table) return serviceId !== undefined && this.#index.hasService(serviceId) ? 'nobody' : 'unknown'
    const has = ({ v4, v6 }: { readonly v4?: string; readonly v6?: string }) => v4 === address || v6 === address
    const meant = table.addresses.some(has) ? table.instances.filter(({ ready }) => ready) : table.instances.filter(has)
    const isReached = ({ nodeId, v4 }: TableInstance) => nodeId === this.#deps.nodeId || this.#index.isRouted(v4)
    return meant.length === 0 || meant.some(isReached) ? 'known' : 'without-way'
  }
}
