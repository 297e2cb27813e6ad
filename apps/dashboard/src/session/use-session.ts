import { useMemo, useSyncExternalStore } from 'react'
import { useApp } from '../app-services.ts'
import { type Rights, rightsOf } from './roles.ts'
import type { Standing } from './session.ts'

export function useStanding(): Standing {
  const { session } = useApp()
  return useSyncExternalStore(
    (changed) => session.subscribe(changed),
    () => session.standing(),
  )
}

/** The one who is logged in. Pages that use it are only shown to somebody who is. */
export function useMe(): {
  readonly userName: string
  readonly roles: readonly string[]
  readonly organizationId: string
  readonly rights: Rights
} {
  const standing = useStanding()
  return useMemo(() => {
    const { userName, roles, organizationId } = standing.kind === 'in' ? standing.claims : { userName: '', roles: [], organizationId: '' }
    return { userName, roles, organizationId, rights: rightsOf(roles) }
  }, [standing])
}
