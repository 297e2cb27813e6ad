import type { Leaving, ObservedInstance, Rejection } from './instance.ts'
import { spanText } from './span-text.ts'

/** The words users, dashboards and CLIs know. `reference/orchestration.md` 4.5; strings are part of the contract. */
export const STATUS_WORDS = [
  'REQUESTED',
  'CLUSTER_SCHEDULED',
  'NODE_SCHEDULED',
  'CREATING',
  'CREATED',
  'RUNNING',
  'FAILED',
  'DEAD',
  'COMPLETED',
  'UNDEPLOYED',
  'TargetClusterNotFound',
  'TargetClusterNotActive',
  'TargetClusterNoCapacity',
  'NoActiveClusterWithCapacity',
  'NO_WORKER_CAPACITY',
] as const

export type StatusWord = (typeof STATUS_WORDS)[number]

export interface StatusView {
  readonly word: StatusWord
  readonly detail: string
}

/** Everything root knows about one instance that its status follows from. */
export interface StatusFacts {
  readonly removing: boolean
  readonly clusterId?: string
  readonly rejection?: Rejection
  readonly observed?: ObservedInstance
  readonly leaving?: Leaving
  /** Set while its cluster is not connected: what was last said of the instance is old. */
  readonly away?: { readonly clusterName: string; readonly silentMs: number }
}

const WORD_OF_STATE: Readonly<Record<Exclude<ObservedInstance['state'], 'unplaced'>, StatusWord>> = {
  'node-scheduled': 'NODE_SCHEDULED',
  creating: 'CREATING',
  running: 'RUNNING',
  stopping: 'RUNNING',
  completed: 'COMPLETED',
  failed: 'FAILED',
  dead: 'DEAD',
}

/** The one place where facts become a status. Nothing stores a status, so none can disagree with its facts. */
export function instanceStatus(facts: StatusFacts): StatusView {
  const { away, leaving, removing } = facts
  const silence = away && `the cluster ${away.clusterName} has not been heard of for ${spanText(away.silentMs)}`
  if (removing) return { word: 'UNDEPLOYED', detail: sentences('being removed', silence) }
  if (!facts.clusterId && !facts.observed) return statusWithoutPlace(facts)
  const { word, detail } = lastStatus(facts)
  if (leaving && !silence) return { word, detail: `it leaves its place: ${leaving.reason}` }
  return { word, detail: sentences(silence ?? detail, refusalOfOthers(facts)) }
}

function statusWithoutPlace({ rejection }: StatusFacts): StatusView {
  if (rejection) return { word: rejection.word, detail: rejection.detail }
  return { word: 'REQUESTED', detail: 'Waiting for scheduling decision' }
}

/** What its cluster said last. */
function lastStatus({ observed }: StatusFacts): StatusView {
  if (!observed) return { word: 'CLUSTER_SCHEDULED', detail: 'waiting for the cluster' }
  if (observed.state !== 'unplaced') return { word: WORD_OF_STATE[observed.state], detail: observed.detail }
  if (observed.rejection) return { word: observed.rejection.word, detail: observed.rejection.detail }
  return { word: 'CLUSTER_SCHEDULED', detail: observed.detail }
}

function refusalOfOthers({ rejection }: StatusFacts): string | undefined {
  return rejection && `no other place for it: ${rejection.detail}`
}

function sentences(...parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined).join('; ')
}

/** A service is as far as its least advanced instance; absent without instances. `reference/orchestration.md` 3.6 and 4.5. */
export function serviceStatus(instances: readonly StatusView[]): StatusView | undefined {
  const present = instances.filter((instance) => instance.word !== 'UNDEPLOYED')
  return present.find((instance) => instance.word !== 'RUNNING' && instance.word !== 'COMPLETED') ?? present[0]
}
