import { z } from 'zod'
import { wireIdSchema } from './application.ts'
import { toWireId } from './formats.ts'
import { organizationVersion, versionSchema } from './version.ts'

/** An organization with the roles that its members have in it. */
export interface OrganizationView {
  readonly id: string
  readonly name: string
  readonly members: readonly { readonly userId: string; readonly roles: readonly string[] }[]
}

export const wireOrganizationSchema = z
  .object({
    _id: wireIdSchema,
    name: z.string(),
    member: z.array(z.object({ user_id: z.string(), roles: z.array(z.string()) })),
    version: versionSchema,
  })
  .meta({ id: 'Organization' })
export type WireOrganization = z.infer<typeof wireOrganizationSchema>

/** An organization in upstream's words. `reference/orchestration.md` 2.3. */
export function toWireOrganization(organization: OrganizationView): WireOrganization {
  const { id, name, members } = organization
  const member = members.map(({ userId, roles }) => ({ user_id: userId, roles: [...roles] }))
  return { _id: toWireId(id), name, member, version: organizationVersion(organization) }
}
