import { OakError } from '@oakestra/base'
import { type Actor, APPLICATION_ROLES } from '../accounts/actor.ts'
import type { Role } from '../state/collections.ts'

/**
 * Who may call a route. Every route states one; ownership of what it touches is checked besides, in the operation.
 * `reference/orchestration.md` 2.3.
 */
export type Permission =
  | { readonly kind: 'public' }
  /** Whoever holds a refresh token in force. */
  | { readonly kind: 'refresh-token' }
  | { readonly kind: 'signed-in' }
  /** The user whom the named path parameter names, Admins, and whoever has one of the roles. */
  | { readonly kind: 'self'; readonly parameter: string; readonly anyOf: readonly Role[] }
  | { readonly kind: 'role'; readonly anyOf: readonly Role[] }

export const PUBLIC: Permission = { kind: 'public' }
export const REFRESH_TOKEN: Permission = { kind: 'refresh-token' }
export const SIGNED_IN: Permission = { kind: 'signed-in' }

export function self(parameter: string, ...roles: readonly Role[]): Permission {
  return { kind: 'self', parameter, anyOf: ['Admin', ...roles] }
}

export function anyOf(...roles: readonly Role[]): Permission {
  return { kind: 'role', anyOf: roles }
}

/** What changes applications and what is in them. */
export const RUNS_APPLICATIONS: Permission = anyOf(...APPLICATION_ROLES)

/** @throws OakError `forbidden`, naming what is missing */
export function requirePermission(permission: Permission, actor: Actor, params: Readonly<Record<string, string>>): void {
  if (permission.kind !== 'self' && permission.kind !== 'role') return
  const hasRole = permission.anyOf.some((role) => actor.roles.includes(role))
  if (permission.kind === 'self' && params[permission.parameter] !== actor.name && !hasRole) {
    throw new OakError('forbidden', 'this belongs to another user')
  }
  if (permission.kind === 'role' && !hasRole) {
    throw new OakError('forbidden', `this needs the role ${permission.anyOf.join(' or ')}`)
  }
}
