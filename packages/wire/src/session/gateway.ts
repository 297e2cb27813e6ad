import { type ClusterGateway, type ClusterGatewayReport, GATEWAY_FAULTS_MAX, type GatewayItem, type GatewayReport } from '@oakestra/model'
import { z } from 'zod'
import type { DocumentItem } from './messages.ts'
import { GATEWAY_KIND } from './overlay.ts'

/* Gateways as they travel: items of documents on the way down, observed on the way up. */

// As in descriptors.
const PORTS_MAX = 256
const NAMES_MAX = 256
const TEXT_MAX = 1_000

const id = z.string().min(1).max(100).regex(/^\S+$/)
const port = z.number().int().min(1).max(65_535)

const gateway = z.object({
  serviceId: id,
  name: z.string().max(TEXT_MAX),
  ports: z.array(z.object({ hostPort: port, containerPort: port, protocol: z.enum(['tcp', 'udp']) })).max(PORTS_MAX),
  host: z.string().max(253).exactOptional(),
})

export const gatewayItemSchema: z.ZodType<GatewayItem> = gateway
export const clusterGatewaySchema: z.ZodType<ClusterGateway> = gateway.extend({
  nodes: z.array(z.string()).max(NAMES_MAX),
  labels: z.array(z.string()).max(NAMES_MAX),
})
export const gatewayReportSchema: z.ZodType<GatewayReport> = z.object({
  kind: z.literal(GATEWAY_KIND),
  serviceId: id,
  fault: z.string().max(TEXT_MAX).exactOptional(),
})

export const clusterGatewayReportSchema: z.ZodType<ClusterGatewayReport> = z.object({
  kind: z.literal(GATEWAY_KIND),
  serviceId: id,
  faults: z.array(z.object({ node: z.string().max(TEXT_MAX), reason: z.string().max(TEXT_MAX) })).max(GATEWAY_FAULTS_MAX),
  total: z.number().int().nonnegative(),
})

export function gatewayItemId(serviceId: string): string {
  return `${GATEWAY_KIND}.${serviceId}`
}

export function gatewayItem(body: GatewayItem): DocumentItem {
  return { id: gatewayItemId(body.serviceId), kind: GATEWAY_KIND, body }
}
