import { describe, expect, it } from 'vitest'
import type { LocalOrder } from './orders.ts'
import { type OrderFacts, ordersToForget, ordersToTell } from './settle-orders.ts'

const BASE = { serviceId: 's', createdAtMs: 0, actor: '' } as const
const TAKEN = { epoch: 'e', generation: 5 } as const

// Only what decides about an order is in it.
const made = (id: string, extra: Partial<LocalOrder> = {}) =>
  ({ ...BASE, id, kind: 'add-service', serviceId: id, body: {}, ...extra }) as LocalOrder
const added = (id: string, extra: Partial<LocalOrder> = {}) => ({ ...BASE, id, kind: 'add-instance', body: {}, ...extra }) as LocalOrder
const removed = (id: string, extra: Partial<LocalOrder> = {}) =>
  ({ ...BASE, id: `remove/${id}`, kind: 'remove-instance', body: { instanceId: id, number: 0 }, ...extra }) as LocalOrder
const refused = (isOver: boolean, atMs = 0) => ({ told: true, refusal: { reason: '', atMs, isOver } }) as const

const forgotten = (orders: readonly LocalOrder[], facts: Partial<OrderFacts> = {}) => [
  ...ordersToForget({ orders, head: { epoch: 'e', generation: 5 }, isHere: () => false, nowMs: 0, ...facts }),
]

describe('an order', () => {
  it('is forgotten when the document that knows of it is here, and not before', () => {
    const orders = [added('one', { told: true, taken: TAKEN })]
    expect(forgotten(orders)).toEqual(['one'])
    expect(forgotten(orders, { head: { epoch: 'e', generation: 4 } })).toEqual([])
    expect(forgotten(orders, { head: { epoch: 'other', generation: 9 } })).toEqual([])
    expect(forgotten(orders, { head: undefined })).toEqual([])
    expect(forgotten([added('one', { told: true })])).toEqual([])
  })

  it('that was taken back before root heard of it is forgotten when nothing of it is left', () => {
    const orders = [added('one'), removed('one')]
    expect(forgotten(orders)).toEqual(['one', 'remove/one'])
    expect(forgotten(orders, { isHere: (id) => id === 'one' })).toEqual([])
    expect(forgotten([added('one', { told: true }), removed('one')])).toEqual([])
    expect(forgotten([added('one', refused(false)), removed('one')])).toEqual(['one', 'remove/one'])
  })

  it('for a service ends with its last instance when all of it was undeployed', () => {
    const ending = { ending: true } as Partial<LocalOrder>
    expect(forgotten([made('s', ending)])).toEqual(['s'])
    expect(forgotten([made('s', ending), added('one')])).toEqual([])
    expect(forgotten([made('s', ending), added('one'), removed('one')])).toEqual(['one', 'remove/one', 's'])
    expect(forgotten([made('s', { ...ending, told: true })])).toEqual([])
    expect(forgotten([made('s')])).toEqual([])
  })

  it('that root has no use for is shown for a day, and as long as something of it is left', () => {
    const day = 24 * 3_600_000
    expect(forgotten([added('one', refused(true))], { nowMs: day })).toEqual([])
    expect(forgotten([added('one', refused(true))], { nowMs: day + 1 })).toEqual(['one'])
    expect(forgotten([added('one', refused(true))], { nowMs: day + 1, isHere: () => true })).toEqual([])
    expect(forgotten([added('one', refused(false))], { nowMs: day + 1 })).toEqual([])
  })
})

describe('root is told', () => {
  const told = (orders: readonly LocalOrder[], isDone = (_id: string) => false) => ordersToTell(orders, isDone).map(({ id }) => id)

  it('of services before their instances before removals, whatever the clock said', () => {
    expect(told([removed('two'), added('one', { createdAtMs: -5 }), made('s', { createdAtMs: 9 })])).toEqual(['s', 'one', 'remove/two'])
  })

  it('nothing that it took or that is over', () => {
    expect(told([made('s', { taken: TAKEN }), added('one', refused(true)), added('two')])).toEqual(['two'])
  })

  it('nothing at once again that it refused, nor of instances whose service it refused', () => {
    const orders = [made('s', refused(false)), added('one')]
    expect(told(orders, (id) => id === 's')).toEqual([])
    expect(told(orders)).toEqual(['s', 'one'])
  })
})
