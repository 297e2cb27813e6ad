import type { Api } from '@oakestra/api-client'

export type Tone = 'good' | 'busy' | 'warn' | 'bad' | 'calm'

export interface StatusText {
  readonly tone: Tone
  readonly text: string
}

/** Status words of the API as people say them. `reference/orchestration.md` 4.5. */
const STATUS: Readonly<Record<string, StatusText>> = {
  REQUESTED: { tone: 'busy', text: 'Looking for a cluster' },
  CLUSTER_SCHEDULED: { tone: 'busy', text: 'Looking for a node' },
  NODE_SCHEDULED: { tone: 'busy', text: 'On its way to a node' },
  CREATING: { tone: 'busy', text: 'Starting' },
  CREATED: { tone: 'busy', text: 'Starting' },
  RUNNING: { tone: 'good', text: 'Running' },
  COMPLETED: { tone: 'calm', text: 'Completed' },
  FAILED: { tone: 'bad', text: 'Failed' },
  DEAD: { tone: 'bad', text: 'Dead' },
  UNDEPLOYED: { tone: 'calm', text: 'Being removed' },
  TargetClusterNotFound: { tone: 'warn', text: 'Cluster not found' },
  TargetClusterNotActive: { tone: 'warn', text: 'Cluster not active' },
  TargetClusterNoCapacity: { tone: 'warn', text: 'No room in its cluster' },
  NoActiveClusterWithCapacity: { tone: 'warn', text: 'No cluster has room' },
  NO_WORKER_CAPACITY: { tone: 'warn', text: 'No node has room' },
}

/** A word that is newer than this page is shown as it is. */
export function statusText(word: string | undefined): StatusText {
  if (word === undefined || word === '') return { tone: 'calm', text: 'Not deployed' }
  return STATUS[word] ?? { tone: 'calm', text: word }
}

export function instanceText(instance: Pick<Api.Instance, 'status' | 'health'>): StatusText {
  if (instance.status === 'RUNNING' && instance.health === 'unhealthy') return { tone: 'bad', text: 'Unhealthy' }
  if (instance.status === 'RUNNING' && instance.health === 'starting') return { tone: 'busy', text: 'Running, not yet healthy' }
  return statusText(instance.status)
}

export interface ServiceSummary extends StatusText {
  readonly running: number
  readonly total: number
}

const WORST: readonly Tone[] = ['bad', 'warn', 'busy', 'good', 'calm']

/** A service in one line: how many of its instances do what they shall, and the worst that can be said of the others. */
export function serviceSummary(service: Pick<Api.Service, 'instance_list' | 'rollout'>): ServiceSummary {
  const texts = service.instance_list.map(instanceText)
  const running = texts.filter(({ tone }) => tone === 'good').length
  const total = texts.length
  const worst = texts.toSorted((a, b) => WORST.indexOf(a.tone) - WORST.indexOf(b.tone))[0]
  if (!worst) return { tone: 'calm', text: 'Not deployed', running, total }
  if (service.rollout?.state === 'rolling' && worst.tone !== 'bad') return { tone: 'busy', text: 'Updating', running, total }
  return { ...worst, running, total }
}
