import { z } from 'zod'
import { instanceSpecSchema } from './values.ts'

/** What root asks of a cluster about its nodes and instances on behalf of an operator. */

/** Only while the node has one of these versions (`nodeVersion`); `conflict` otherwise. */
const wantedVersions = z.array(z.string()).readonly().exactOptional()

/** `nodes.change`: what is absent stays as it is. `draining` implies `cordoned`. */
export const changeNodeSchema = z.object({
  nodeId: z.string(),
  cordoned: z.boolean().exactOptional(),
  draining: z.boolean().exactOptional(),
  labels: z.array(z.string()).exactOptional(),
  versions: wantedVersions,
})
export type ChangeNode = z.infer<typeof changeNodeSchema>

/** `nodes.remove`: its instances go elsewhere, its certificate is refused from now on. */
export const removeNodeSchema = z.object({ nodeId: z.string(), versions: wantedVersions })
export type RemoveNode = z.infer<typeof removeNodeSchema>

/** `instances.move`: to this node, or to whichever is best when it is absent. */
export const moveInstanceSchema = z.object({ instanceId: z.string(), nodeId: z.string().exactOptional(), reason: z.string() })
export type MoveInstance = z.infer<typeof moveInstanceSchema>

/** `instances.drop`: a node runs it though nobody wants it, because this cluster's store is from the past; it is ended. */
export const dropInstanceSchema = z.object({ instanceId: z.string() })
export type DropInstance = z.infer<typeof dropInstanceSchema>

/** What a node runs and nobody is known to want, with root's own term in its spec: one of the answer to `instances.unclaimed`. */
export const unclaimedSchema = z.object({ nodeId: z.string(), sinceMs: z.number(), spec: instanceSpecSchema })
export type Unclaimed = z.infer<typeof unclaimedSchema>

/** More than a cluster has nodes, and an answer that large is not honest. */
export const UNCLAIMED_MAX = 10_000
