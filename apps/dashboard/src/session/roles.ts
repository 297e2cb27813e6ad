/** The roles of upstream. `reference/experience.md` 1.3. */
export const ROLES = ['Admin', 'Organization_Admin', 'Application_Provider', 'Infrastructure_Provider'] as const

/** Role words as people read them. */
export function roleName(role: string): string {
  return role.replaceAll('_', ' ')
}

/** What a user may see and do. Root decides; the page leaves out what would only be refused. */
export interface Rights {
  readonly manageUsers: boolean
  readonly manageOrganizations: boolean
  readonly manageSettings: boolean
  readonly manageInfrastructure: boolean
}

export function rightsOf(roles: readonly string[]): Rights {
  const has = (...wanted: readonly string[]) => roles.some((role) => wanted.includes(role))
  return {
    manageUsers: has('Admin', 'Organization_Admin'),
    manageOrganizations: has('Admin'),
    manageSettings: has('Admin'),
    manageInfrastructure: has('Admin', 'Infrastructure_Provider'),
  }
}
