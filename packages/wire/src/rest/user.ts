import { z } from 'zod'
import { wireIdSchema } from './application.ts'
import { dayAndMinute, toWireId } from './formats.ts'
import { userVersion, versionSchema } from './version.ts'

/** What a client may know about a user: never the hash of a password. */
export interface UserView {
  readonly id: string
  readonly name: string
  readonly email: string
  readonly createdAtMs: number
  readonly mustChangePassword: boolean
  readonly roles: readonly string[]
  readonly organizationId: string
}

export const wireUserSchema = z
  .object({
    _id: wireIdSchema,
    name: z.string(),
    email: z.string(),
    created_at: z.string().describe('dd/MM/yyyy HH:mm'),
    roles: z.array(z.string()),
    organization_id: z.string(),
    must_change_password: z.boolean(),
    version: versionSchema,
  })
  .meta({ id: 'User' })
export type WireUser = z.infer<typeof wireUserSchema>

/** A user in upstream's words. `reference/experience.md` 1.5. */
export function toWireUser(user: UserView): WireUser {
  return {
    _id: toWireId(user.id),
    name: user.name,
    email: user.email,
    created_at: dayAndMinute(user.createdAtMs),
    roles: [...user.roles],
    organization_id: user.organizationId,
    must_change_password: user.mustChangePassword,
    version: userVersion(user),
  }
}
