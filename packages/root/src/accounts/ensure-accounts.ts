import type { Clock, IdGenerator } from '@oakestra/base'
import type { Store, Writer } from '@oakestra/store'
import { DEFAULT_ORGANIZATION, type Organization, organizations, type Role, type User, users } from '../state/collections.ts'
import { type PasswordHasher, randomPassword } from './passwords.ts'

export const ADMIN_NAME = 'Admin'
export const ALL_ROLES: readonly Role[] = ['Admin', 'Organization_Admin', 'Application_Provider', 'Infrastructure_Provider']

export interface EnsureAccountsOptions {
  readonly store: Store
  readonly clock: Clock
  readonly ids: IdGenerator
  readonly hasher: PasswordHasher
  /** The first password of `Admin`; one is made up without it. Ignored once the user exists. */
  readonly adminPassword?: string
  /** Hears a made-up password before the user is stored, so that a crash in between cannot lose it. */
  readonly announce?: (password: string) => Promise<void>
}

/**
 * Makes the user `Admin` and the organization `root` at the first start: an Admin who was deleted since does not come back.
 * `reference/orchestration.md` 2.2.
 * @returns the made-up password, once
 */
export async function ensureAccounts(options: EnsureAccountsOptions): Promise<{ readonly initialAdminPassword?: string }> {
  const { store, hasher, adminPassword } = options
  const exists = await store.read(async (reader) => (await reader.count(users)) > 0)
  const password = adminPassword ?? randomPassword()
  if (exists) return {}
  if (adminPassword === undefined) await options.announce?.(password)
  const passwordHash = await hasher.hash(password)
  await store.write((writer) => saveFirstAccounts(writer, options, passwordHash))
  return adminPassword === undefined ? { initialAdminPassword: password } : {}
}

async function saveFirstAccounts(writer: Writer, options: EnsureAccountsOptions, passwordHash: string): Promise<void> {
  const admin = await saveAdmin(writer, options, passwordHash)
  const root: Organization = { id: options.ids.next(), name: DEFAULT_ORGANIZATION, members: [{ userId: admin.id, roles: ALL_ROLES }] }
  await writer.put(organizations, root)
}

async function saveAdmin(writer: Writer, options: EnsureAccountsOptions, passwordHash: string): Promise<User> {
  const admin: User = {
    id: options.ids.next(),
    name: ADMIN_NAME,
    email: '',
    passwordHash,
    createdAtMs: options.clock.wallMs(),
    // A password from a configuration file is known to whoever can read that file.
    mustChangePassword: options.adminPassword !== undefined,
  }
  await writer.put(users, admin)
  return admin
}
