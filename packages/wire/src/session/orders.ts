import { z } from 'zod'

/*
 * What was changed at a cluster by its own API, told to root when there is one. Decision 10, "Changes at a cluster without root".
 */

/** The request with which a cluster tells root of its orders. */
export const TAKE_ORDERS_METHOD = 'orders.take'

/** Orders in one request; with the bytes below, one message far below `LIMITS.sessionMessageBytes`. */
export const ORDERS_PER_PAGE = 100
/** Orders that a cluster keeps for root. A stock of addresses is far smaller; the rest are removals. */
export const ORDERS_KEPT_MAX = 2_000

const id = z.string().min(1).max(200).regex(/^\S+$/)
const pair = z.object({ v4: z.string(), v6: z.string() })
const order = { id, createdAtMs: z.number(), actor: z.string().max(200) }
const number = z.number().int().nonnegative()

const addService = z.object({
  ...order,
  kind: z.literal('add-service'),
  body: z.object({
    application: z.object({
      id,
      name: z.string(),
      namespace: z.string(),
      description: z.string(),
      source: z.record(z.string(), z.unknown()),
    }),
    /** The service's entry of the deployment document, word for word. */
    document: z.unknown(),
    /** Its round-robin pair. */
    addresses: pair,
    nextInstanceNumber: number,
  }),
})

const addInstance = z.object({
  ...order,
  kind: z.literal('add-instance'),
  body: z.object({ serviceId: id, number, revision: number, addresses: pair }),
})

const removeInstance = z.object({ ...order, kind: z.literal('remove-instance'), body: z.object({ instanceId: id }) })

/** The id of what adds a service or an instance is the id that this has from then on. */
export const clusterOrderSchema = z.discriminatedUnion('kind', [addService, addInstance, removeInstance])
export type ClusterOrder = z.infer<typeof clusterOrderSchema>
export type AddServiceOrder = Extract<ClusterOrder, { kind: 'add-service' }>
export type AddInstanceOrder = Extract<ClusterOrder, { kind: 'add-instance' }>

/**
 * `orders`: those to take, each read by itself so that one that is wrong does not spoil the others. `holds`: the ids of all orders
 * that the cluster keeps; what root remembers of any other may be forgotten.
 */
export const takeOrdersSchema = z.object({
  orders: z.array(z.looseObject({ id })).max(ORDERS_PER_PAGE),
  holds: z.array(id).max(ORDERS_KEPT_MAX),
})

/**
 * `taken`: root wants it so too, or wanted it and something else since · `gone`: root removed what it is about, so it is over ·
 * `refused`: root cannot take it, and says why; it stays an order of the cluster.
 */
const answer = z.object({ id, outcome: z.enum(['taken', 'gone', 'refused']), reason: z.string().exactOptional() })
export type OrderAnswer = z.infer<typeof answer>

/** The answers, and the document of root for this cluster that knows of them. */
export const ordersTakenSchema = z.object({ epoch: z.string(), generation: z.number().int().nonnegative(), answers: z.array(answer) })
export type OrdersTaken = z.infer<typeof ordersTakenSchema>
