import type {
  ChildKnowledge,
  ClusterTable,
  ForeignInterest,
  Interest,
  PeerItem,
  ReportedPeer,
  ServiceAddress,
  ServiceTable,
  TunnelFacts,
} from '@oakestra/model'
import { isBalancingPolicy } from '@oakestra/sla'
import { z } from 'zod'
import type { DocumentItem } from './messages.ts'

/*
 * Tables, peers and interests as they travel (decision 11). Tables and peers are items of documents, interests are observed; and the
 * one question of somebody who has none of them yet.
 */

/** Kinds of items of a document, and of what is observed. Observed instances have none: they are as old as sessions are. */
export const TABLE_KIND = 'table'
export const PEER_KIND = 'peer'
export const INTEREST_KIND = 'interest'
export const GATEWAY_KIND = 'gateway'
const KINDS = [TABLE_KIND, PEER_KIND, INTEREST_KIND, GATEWAY_KIND] as const
export type OverlayKind = (typeof KINDS)[number]

export function tableItemId(serviceId: string): string {
  return `${TABLE_KIND}.${serviceId}`
}

export function peerItemId(nodeId: string): string {
  return `${PEER_KIND}.${nodeId}`
}

export function interestItemId(serviceId: string): string {
  return `${INTEREST_KIND}.${serviceId}`
}

/** What an id of an item or of something observed is about; undefined for those of instances and the like, which hold no dot. */
export function overlaySubject(id: string): { readonly kind: OverlayKind; readonly id: string } | undefined {
  const kind = KINDS.find((word) => id.startsWith(`${word}.`))
  return kind && { kind, id: id.slice(kind.length + 1) }
}

/** True for ids of what {@link knowledgeItems} makes. */
export function isKnowledge(itemId: string): boolean {
  const kind = overlaySubject(itemId)?.kind
  return kind !== undefined && kind !== GATEWAY_KIND
}

/** The items of a document that tell what a child is to know of the overlay. */
export function knowledgeItems({ tables, peers, interests }: ChildKnowledge): readonly DocumentItem[] {
  return [
    ...[...tables].map(([serviceId, body]) => ({ id: tableItemId(serviceId), kind: TABLE_KIND, body })),
    ...[...peers].map(([nodeId, body]) => ({ id: peerItemId(nodeId), kind: PEER_KIND, body })),
    ...[...interests].map(([serviceId, body]) => ({ id: interestItemId(serviceId), kind: INTEREST_KIND, body })),
  ]
}

/** The request with which somebody asks what an address that he does not know stands for. */
export const RESOLVE_METHOD = 'net.resolve'
export const resolveSchema = z.object({ address: z.string().min(2).max(45) })
/** Null: nobody has this address. The table itself comes with the document of whoever has an interest. */
export const resolvedSchema = z.object({ serviceId: z.string().nullable() })
export type Resolved = z.infer<typeof resolvedSchema>

// Far more than one service has live at one time, and its table still fits into one message.
const INSTANCES_MAX = 10_000
const NODES_MAX = 20_000

const id = z.string().min(1).max(100).regex(/^\S+$/)
const pair = z.object({ v4: z.string(), v6: z.string() })

const serviceAddress = z.object({ policy: z.string(), v4: z.string().exactOptional(), v6: z.string().exactOptional() })

/** An address whose policy only a newer program knows is left out, and the others count. */
export const serviceAddressesSchema = z
  .array(serviceAddress)
  .transform((addresses) =>
    addresses.flatMap(({ policy, ...rest }): ServiceAddress[] => (isBalancingPolicy(policy) ? [{ policy, ...rest }] : [])),
  )

export const tunnelFactsSchema: z.ZodType<TunnelFacts> = z.object({
  port: z.number().int().min(1).max(65535),
  address: z.string().exactOptional(),
  key: z.string().exactOptional(),
  unreached: z.array(id).max(100).exactOptional(),
})

const table = z.object({
  serviceId: id,
  applicationId: id,
  name: z.object({ service: z.string(), namespace: z.string(), application: z.string(), applicationNamespace: z.string() }),
  addresses: serviceAddressesSchema,
  instances: z
    .array(
      pair.extend({
        instanceId: id,
        number: z.number().int().nonnegative(),
        nodeId: id,
        ready: z.boolean(),
        term: z.number().nonnegative(),
        load: z.number().min(0).max(100).exactOptional(),
      }),
    )
    .max(INSTANCES_MAX),
})

const node = {
  nodeId: id,
  subnetV4: z.string(),
  subnetV6: z.string(),
  endpoint: z.object({ address: z.string(), port: z.number().int().min(1).max(65535), translated: z.literal(true).exactOptional() }),
  key: z.string().exactOptional(),
}

const peerInstance = pair.extend({ serviceId: id.exactOptional() })

export const serviceTableSchema: z.ZodType<ServiceTable> = table
export const clusterTableSchema: z.ZodType<ClusterTable> = table.extend({ prefetch: z.literal(true).exactOptional() })

export const peerItemSchema: z.ZodType<PeerItem> = z.object({ ...node, instances: z.array(peerInstance).max(INSTANCES_MAX) })

export const interestSchema: z.ZodType<Interest> = z.object({
  kind: z.literal(INTEREST_KIND),
  serviceId: id,
  nodeIds: z.array(id).max(NODES_MAX).exactOptional(),
})

export const reportedPeerSchema: z.ZodType<ReportedPeer> = z.object({
  kind: z.literal(PEER_KIND),
  ...node,
  load: z.number().min(0).max(100).exactOptional(),
})

export const foreignInterestSchema: z.ZodType<ForeignInterest> = z.object({ serviceId: id, nodeIds: z.array(id).max(NODES_MAX) })
