import type { Leaving, Rollout } from '@oakestra/model'

/** One change of one record. Each is checked against the record as it is when it is carried out. */
export type ServiceChange =
  | { readonly do: 'add' }
  | { readonly do: 'remove'; readonly instanceId: string }
  /** Gives an instance the newest revision, which may not be for the cluster it is in. */
  | { readonly do: 'revise'; readonly instanceId: string; readonly wasReady: boolean; readonly leaving?: Leaving }
  /** Notes that it is ready from now on, or no more, or was for long enough. */
  | { readonly do: 'note'; readonly instanceId: string; readonly readySinceMs: number | undefined; readonly proven?: true }
  | { readonly do: 'conclude'; readonly state: Rollout['state']; readonly detail: string }
  /** The update failed: makes the last proven revision the newest again. */
  | { readonly do: 'go-back'; readonly reason: string }

export interface ServicePlan {
  readonly changes: readonly ServiceChange[]
  /** When to look again without a nudge; absent: there is nothing to wait for. */
  readonly recheckMs?: number
  /** Instances whose reports decide what is next. */
  readonly watched: readonly string[]
}

export const NOTHING: ServicePlan = { changes: [], watched: [] }
