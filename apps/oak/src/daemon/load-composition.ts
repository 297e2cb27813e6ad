import type { RoleComposition } from './roles.ts'

/** The real composition. Loaded only by the commands that need it. */
export function loadComposition(): Promise<RoleComposition> {
  return import('./compose.ts')
}
