import { Checkbox, Stack } from '@mantine/core'
import { ROLES, roleName } from '../../session/roles.ts'

export type Role = (typeof ROLES)[number]

/** What each of them is for. `docs/roles.md` */
const MEANS: Readonly<Record<Role, string>> = {
  Admin: 'everything, in every organization',
  Organization_Admin: 'members and applications of the organization',
  Application_Provider: 'applications and what runs of them',
  Infrastructure_Provider: 'clusters and nodes',
}

interface RoleChoiceProps {
  readonly roles: readonly Role[]
  readonly change: (roles: readonly Role[]) => void
  /** Who may not give a role does not see it. */
  readonly offered?: readonly Role[]
}

export function RoleChoice({ roles, change, offered = ROLES }: RoleChoiceProps) {
  return (
    <Checkbox.Group label="Roles" value={[...roles]} onChange={(values) => change(values.filter(isRole))}>
      <Stack gap={10} mt={8}>
        {offered.map((role) => (
          <Checkbox key={role} value={role} label={roleName(role)} description={MEANS[role]} />
        ))}
      </Stack>
    </Checkbox.Group>
  )
}

export function isRole(word: string): word is Role {
  return ROLES.some((role) => role === word)
}

/** The roles somebody with these roles may give. */
export function givable(own: readonly string[]): readonly Role[] {
  return own.includes('Admin') ? ROLES : ROLES.filter((role) => role !== 'Admin')
}
