import type { ClusterFacts, InstanceSpec, NodeFacts, ObservedInstance, Rejection, Slot } from '@oakestra/model'
import { LIFE_DEFAULTS } from '@oakestra/sla'
import { z } from 'zod'
import { serviceAddressesSchema, tunnelFactsSchema } from './overlay.ts'

/**
 * Schemas of what passes between the tiers. Types are the model's; here is only how they are checked on arrival.
 * Unknown members pass through unread, so that a newer peer can say more.
 */

const port = z.number().int().min(1).max(65535)
const count = z.number().nonnegative()
const strings = z.array(z.string())

const publishedPort = z.object({ hostPort: port, containerPort: port, protocol: z.enum(['tcp', 'udp']) })
const resources = z.object({ memoryMiB: count, vcpus: count, vgpus: count, storageMiB: count })
const volume = z.object({ volumeId: z.string(), csiDriver: z.string(), mountPath: z.string(), config: z.record(z.string(), z.string()) })

const constraint = z.discriminatedUnion('type', [
  z.object({ type: z.literal('direct'), cluster: z.string().exactOptional(), nodes: strings }),
  z.object({ type: z.literal('clusters'), allowed: strings }),
  z.object({ type: z.literal('addons'), needs: strings }),
  z.object({ type: z.literal('geo'), location: z.string(), thresholdKm: z.number() }),
  z.object({ type: z.literal('latency'), area: z.string(), thresholdMs: z.number() }),
  z.object({ type: z.literal('labels'), needs: strings }),
  z.object({ type: z.literal('unknown'), word: z.string() }),
])

const span = z.number().nonnegative()
const healthCheck = z.object({
  probe: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('http'), port, path: z.string() }),
    z.object({ kind: z.literal('tcp'), port }),
    z.object({ kind: z.literal('command'), command: strings }),
  ]),
  startDelayMs: span,
  periodMs: z.number().positive(),
  timeoutMs: z.number().positive(),
  threshold: z.number().int().positive(),
})
const disconnect = z.object({ action: z.enum(['replace', 'keep', 'stop']), afterMs: span.exactOptional(), siteOnly: z.boolean() })

/** What an older peer does not say has the descriptor's defaults. */
export const instanceSpecSchema: z.ZodType<InstanceSpec> = z.object({
  instanceId: z.string(),
  serviceId: z.string(),
  applicationId: z.string(),
  jobName: z.string(),
  number: z.number().int().nonnegative(),
  revision: z.number().int().nonnegative(),
  virtualization: z.string(),
  image: z.string(),
  command: strings,
  environment: strings,
  resources,
  ports: z.array(publishedPort),
  oneShot: z.boolean(),
  privileged: z.boolean(),
  architectures: strings,
  constraints: z.array(constraint),
  volumes: z.array(volume),
  addresses: z.object({ v4: z.string(), v6: z.string() }),
  serviceAddresses: serviceAddressesSchema,
  admits: strings.exactOptional(),
  health: healthCheck.exactOptional(),
  restart: z.object({ when: z.enum(['always', 'on-failure', 'never']) }).default(LIFE_DEFAULTS.restart),
  disconnect: disconnect.default(LIFE_DEFAULTS.disconnect),
  stopGraceMs: span.default(LIFE_DEFAULTS.stopGraceMs),
  term: z.number().int().nonnegative().default(0),
  restartsAsked: z.number().int().nonnegative().exactOptional(),
})

const rejection: z.ZodType<Rejection> = z.object({
  word: z.enum([
    'TargetClusterNotFound',
    'TargetClusterNotActive',
    'TargetClusterNoCapacity',
    'NoActiveClusterWithCapacity',
    'NO_WORKER_CAPACITY',
  ]),
  detail: z.string(),
  candidates: z.array(z.object({ id: z.string(), name: z.string(), reasons: strings })),
})

export const observedInstanceSchema: z.ZodType<ObservedInstance> = z.object({
  instanceId: z.string(),
  revision: z.number().int().nonnegative(),
  state: z.enum(['unplaced', 'node-scheduled', 'creating', 'running', 'stopping', 'completed', 'failed', 'dead']),
  detail: z.string(),
  exitCode: z.number().int().exactOptional(),
  restarts: z.number().int().nonnegative(),
  restartsAsked: z.number().int().nonnegative().exactOptional(),
  startedAtMs: z.number().exactOptional(),
  strikes: count.exactOptional(),
  health: z.enum(['starting', 'healthy', 'unhealthy']).exactOptional(),
  term: count.exactOptional(),
  exhausted: z.literal(true).exactOptional(),
  rejection: rejection.exactOptional(),
  nodeId: z.string().exactOptional(),
  nodeName: z.string().exactOptional(),
  hostAddress: z.string().exactOptional(),
})

const geoPoint = z.object({ lat: z.number().min(-90).max(90), lon: z.number().min(-180).max(180) })
const coordinates = z.object({ position: z.array(z.number()).max(8), heightMs: count, error: z.number().min(0).max(1) })

/** By word. */
const sentences = z.record(z.string(), z.string())

export const nodeFactsSchema: z.ZodType<NodeFacts> = z.object({
  name: z.string().min(1),
  architecture: z.string(),
  vcpus: count,
  memoryMiB: count,
  storageFreeMiB: count,
  vgpus: count,
  virtualizations: strings,
  faults: sentences.exactOptional(),
  occupiedPrefixes: strings,
  address: z.string(),
  version: z.string(),
  labels: strings.exactOptional(),
  addons: strings.exactOptional(),
  csiDrivers: strings.exactOptional(),
  location: geoPoint.exactOptional(),
  coordinates: coordinates.exactOptional(),
  tunnel: tunnelFactsSchema.exactOptional(),
})

const slot: z.ZodType<Slot> = z.object({
  architecture: z.string(),
  virtualizations: strings,
  faults: sentences.exactOptional(),
  vcpusTotal: count,
  vcpusFree: z.number(),
  memoryFreeMiB: z.number(),
  vgpusFree: z.number(),
  storageFreeMiB: z.number(),
  labels: strings.exactOptional(),
  addons: strings.exactOptional(),
  csiDrivers: strings.exactOptional(),
})

export const clusterFactsSchema: z.ZodType<ClusterFacts> = z.object({
  name: z.string().min(1),
  location: z.string(),
  activeNodes: count,
  vcpusTotal: count,
  memoryTotalMiB: count,
  memoryFreeMiB: z.number(),
  vgpusTotal: count,
  cpuPercent: z.number(),
  memoryPercent: z.number(),
  virtualizations: strings,
  slots: z.array(slot),
  areas: z.array(geoPoint.extend({ radiusKm: count })).exactOptional(),
  coordinates: coordinates.exactOptional(),
  nodeNames: strings.exactOptional(),
  nodeStates: z.object({ here: count, cordoned: count, away: count, awayNames: strings }).exactOptional(),
  asOfGeneration: count,
  apiPort: z.number(),
})

const addressPair = z.object({ v4: z.string(), v6: z.string() })
/** Addresses and numbers that are set aside for what a cluster starts by its own API. Decision 10. */
const stock = z.object({
  /** For instances. */
  instances: z.array(addressPair),
  /** Round-robin pairs for services. */
  services: z.array(addressPair),
  /** The first of the numbers for instances of services that root knows, which no other cluster and root itself never uses. */
  numbersFrom: count,
})
export type AddressStock = z.infer<typeof stock>

/** Blocks of node subnets that root gives to a cluster, and its stock. */
export const addressingSchema = z.object({ blocksV4: strings, blocksV6: strings, stock: stock.exactOptional() })
export type Addressing = z.infer<typeof addressingSchema>

/** A node's own place in the overlay. */
export const placeSchema = z.object({ subnetV4: z.string(), subnetV6: z.string() })
export type Place = z.infer<typeof placeSchema>

/** Use of the machine by one instance: CPU percent of the machine, memory and disk in bytes. */
export const usageSchema = z.object({ cpuPercent: z.number(), memoryBytes: z.number(), diskBytes: z.number() })

/** Measurements of a child at one time. They ride their own lane and never touch instance records. */
export const samplesSchema = z.object({
  cpuPercent: z.number(),
  memoryPercent: z.number(),
  instances: z.record(z.string(), usageSchema),
  /** Of a cluster: its nodes that measured anew since it told last, by id. */
  nodes: z.record(z.string(), z.object({ cpuPercent: z.number(), memoryPercent: z.number() })).exactOptional(),
})
export type Samples = z.infer<typeof samplesSchema>

/** A request to stream a log: the child opens the stream `streamId` and writes NDJSON to it. */
export const openLogsSchema = z.object({
  streamId: z.string(),
  instanceId: z.string(),
  tail: z.number().int().nonnegative().exactOptional(),
  sinceMs: z.number().exactOptional(),
  follow: z.boolean(),
})
export type OpenLogs = z.infer<typeof openLogsSchema>

/** What root shows of a node. */
export const nodeViewSchema = z.object({
  id: z.string(),
  name: z.string(),
  address: z.string(),
  connected: z.boolean(),
  /** `away`: not connected, and not given up; `lost`: what it had is started elsewhere. */
  presence: z.enum(['here', 'away', 'lost']).exactOptional(),
  cordoned: z.boolean().exactOptional(),
  draining: z.boolean().exactOptional(),
  removing: z.boolean().exactOptional(),
  /** Of its configuration and of operators. */
  labels: strings.exactOptional(),
  subnetV4: z.string().exactOptional(),
  subnetV6: z.string().exactOptional(),
  instances: z.number(),
  facts: nodeFactsSchema.exactOptional(),
  usage: z.object({ cpuPercent: z.number(), memoryPercent: z.number() }).exactOptional(),
  lastSeenAtMs: z.number().exactOptional(),
})
export type WireNode = z.infer<typeof nodeViewSchema>

/** A request for a token with which a node may join, good for `validMs`. */
export const nodeTokenRequestSchema = z.object({ validMs: z.number().positive() })
