import type { Clock } from '@oakestra/base'
import type { Outcome, Reconciler } from '@oakestra/controller'
import type { ChildSession, Inbox } from '@oakestra/session'
import type { Reader, Store, Writer } from '@oakestra/store'
import { ORDERS_PER_PAGE, type OrderAnswer, ordersTakenSchema, parseWire, TAKE_ORDERS_METHOD } from '@oakestra/wire'
import { placements } from '../state.ts'
import { type LocalOrder, orders } from './orders.ts'
import { ordersToForget, ordersToTell, wireOrder } from './settle-orders.ts'

// A transaction at root and the way there and back, over a poor line.
const TIMEOUT_MS = 15_000
// Of documents in one request; at least one order goes, which is at most a request body of the API.
const PAGE_BYTES = 1024 * 1024
// For what tells of itself by nothing: the connection is back, root's document has arrived.
const RECHECK_MS = 1_000

// Root may have been mended, or be another program by then.
const RETELL_MS = 10 * 60_000

const SETTLED: Outcome = { state: 'settled' }
const KEY = 'orders'

export interface OrderTellerDeps {
  readonly store: Store
  readonly inbox: Pick<Inbox, 'head'>
  readonly root: () => Pick<ChildSession, 'connected' | 'request'> | undefined
  readonly clock: Clock
}

/** Tells root of all orders it has not taken, whenever it is there, and forgets those that its document contains. */
export class OrderTeller implements Reconciler {
  readonly #deps: OrderTellerDeps
  /** When orders were refused, on the monotonic clock; bounded by the orders there are. */
  readonly #refusedAtMs = new Map<string, number>()
  /** Root may remember orders that are forgotten here. */
  #isRootBehind = false
  #isIdle = false

  constructor(deps: OrderTellerDeps) {
    this.#deps = deps
  }

  async keys(): Promise<readonly string[]> {
    return [KEY]
  }

  /** True while there is nothing that root's document or the end of an instance could settle. */
  get isIdle(): boolean {
    return this.#isIdle
  }

  async reconcile(_key: string, signal: AbortSignal): Promise<Outcome> {
    for (;;) {
      const kept = await this.#tidy()
      this.#isIdle = kept.length === 0
      const open = ordersToTell(kept, (id) => this.#isRefused(id))
      const isSilent = open.length === 0 && !(this.#isRootBehind && kept.length === 0)
      if (isSilent) return kept.some(isUnsettled) ? waiting('root') : SETTLED
      const root = this.#deps.root()
      if (!root?.connected || signal.aborted) return waiting('a connection to root')
      await this.#tell(root, pageOf(open), kept)
      if (open.length === 0) return SETTLED
    }
  }

  #isRefused(id: string): boolean {
    const atMs = this.#refusedAtMs.get(id)
    return atMs !== undefined && this.#deps.clock.monotonicMs() - atMs < RETELL_MS
  }

  async #tidy(): Promise<readonly LocalOrder[]> {
    const { store, inbox, clock } = this.#deps
    const head = await inbox.head()
    const look = async (reader: Reader) => {
      const all = await reader.list(orders)
      const isHere = await hereAmong(reader, all)
      return { all, over: ordersToForget({ orders: all, head, isHere: (id) => isHere.has(id), nowMs: clock.wallMs() }) }
    }
    const seen = await store.read(look)
    if (seen.over.size === 0) return seen.all
    return store.write(async (writer) => {
      const { all, over } = await look(writer)
      for (const id of over) {
        await writer.remove(orders, id)
        this.#refusedAtMs.delete(id)
      }
      if (all.some(({ id, told }) => told && over.has(id))) this.#isRootBehind = true
      return all.filter(({ id }) => !over.has(id))
    })
  }

  async #tell(root: Pick<ChildSession, 'request'>, page: readonly LocalOrder[], kept: readonly LocalOrder[]): Promise<void> {
    const { store, clock } = this.#deps
    const told = await store.write((writer) => markTold(writer, page))
    const params = { orders: told.map(wireOrder), holds: kept.map(({ id }) => id) }
    const answer = parseWire(ordersTakenSchema, await root.request(TAKE_ORDERS_METHOD, params, TIMEOUT_MS), 'answer to orders')
    if (kept.length === 0) this.#isRootBehind = false
    const taken = new Set(answer.answers.flatMap(({ id, outcome }) => (outcome === 'taken' ? [id] : [])))
    for (const { id } of told) if (!taken.has(id)) this.#refusedAtMs.set(id, clock.monotonicMs())
    const { epoch, generation } = answer
    await store.write(async (writer) => {
      for (const each of answer.answers) await noteAnswer(writer, each, { epoch, generation }, clock.wallMs())
    })
  }
}

/** Before it is sent: whoever asks later whether root may know of an order must not be told no. Gives them as they are now. */
async function markTold(writer: Writer, page: readonly LocalOrder[]): Promise<readonly LocalOrder[]> {
  const told: LocalOrder[] = []
  for (const { id } of page) {
    const order = await writer.get(orders, id)
    if (!order) continue
    const next: LocalOrder = { ...order, told: true }
    await writer.put(orders, next)
    told.push(next)
  }
  return told
}

async function noteAnswer(
  writer: Writer,
  { id, outcome, reason = 'root gave no reason' }: OrderAnswer,
  taken: NonNullable<LocalOrder['taken']>,
  nowMs: number,
): Promise<void> {
  const order = await writer.get(orders, id)
  if (!order) return
  const { refusal: _before, ...rest } = order
  if (outcome === 'taken') await writer.put<LocalOrder>(orders, { ...rest, taken })
  else await writer.put<LocalOrder>(orders, { ...rest, refusal: { reason, atMs: nowMs, isOver: outcome === 'gone' } })
}

/** Instances of which something is left in this cluster. */
async function hereAmong(reader: Reader, all: readonly LocalOrder[]): Promise<ReadonlySet<string>> {
  const here = new Set<string>()
  for (const { id, kind } of all) if (kind === 'add-instance' && (await reader.get(placements, id))) here.add(id)
  return here
}

function pageOf(open: readonly LocalOrder[]): readonly LocalOrder[] {
  const page: LocalOrder[] = []
  let bytes = 0
  for (const order of open.slice(0, ORDERS_PER_PAGE)) {
    bytes += JSON.stringify(wireOrder(order)).length
    if (page.length > 0 && bytes > PAGE_BYTES) break
    page.push(order)
  }
  return page
}

/** Root's document with it has still to arrive. */
function isUnsettled({ taken }: LocalOrder): boolean {
  return taken !== undefined
}

function waiting(on: string): Outcome {
  return { state: 'waiting', on, recheckMs: RECHECK_MS }
}
