import type { ServiceRevision } from '@oakestra/model'
import { z } from 'zod'

export const wireRevisionSchema = z
  .object({
    revision: z.int(),
    created: z.string().describe('RFC 3339.'),
    reason: z.string().describe('Who or what made it.'),
    image: z.string(),
  })
  .meta({ id: 'Revision' })
export type WireRevision = z.infer<typeof wireRevisionSchema>

/** What a service was at one revision, without the descriptor itself. Our addition. */
export function toWireRevision({ revision, createdAtMs, reason, descriptor }: ServiceRevision): WireRevision {
  return { revision, created: new Date(createdAtMs).toISOString(), reason, image: descriptor.image }
}
