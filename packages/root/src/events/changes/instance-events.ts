import {
  type DesiredInstance,
  type EventActor,
  type EventDetails,
  instanceStatus,
  jobName,
  type Rejection,
  type RestartWish,
  type Service,
  type StatusView,
} from '@oakestra/model'
import type { ReportedInstance } from '../../state/collections.ts'
import type { NewEvent } from '../record-event.ts'

/** What root holds of an instance at one moment: what it wants, and what was last reported. */
export interface InstanceState {
  readonly instance: DesiredInstance | undefined
  readonly report: ReportedInstance | undefined
}

/** Whose instance it is, and how its cluster is called. */
export interface InstanceSurroundings {
  readonly service: Service | undefined
  readonly clusterName: string | undefined
}

type Told = Pick<NewEvent, 'kind' | 'actor' | 'reason' | 'details'>

/**
 * What happened to an instance between two moments. A change of its status is told by the first event that says why, in `from`
 * and `to` of its details, and by an event of its own where no other tells more.
 */
export function instanceEvents(before: InstanceState, after: InstanceState, around: InstanceSurroundings): readonly NewEvent[] {
  const instance = after.instance ?? before.instance
  if (!instance) return []
  const about = aboutOf(instance, after.report ?? before.report, around)
  return withStatus(told(before, after, around), before, after).map((each) => ({ ...each, ...about }))
}

function aboutOf(instance: DesiredInstance, report: ReportedInstance | undefined, { service }: InstanceSurroundings) {
  const nodeId = report?.clusterId === instance.clusterId ? report?.nodeId : undefined
  return {
    object: { type: 'instance', id: instance.id, name: `${service ? jobName(service) : instance.serviceId}.${instance.number}` },
    ...(service && { applicationId: service.applicationId }),
    serviceId: instance.serviceId,
    instanceNumber: instance.number,
    ...(instance.clusterId !== undefined && { clusterId: instance.clusterId }),
    ...(nodeId !== undefined && { nodeId }),
  } as const
}

function told(before: InstanceState, after: InstanceState, around: InstanceSurroundings): readonly Told[] {
  if (!before.instance) return [{ kind: 'instance.created' }]
  if (!after.instance) return [{ kind: 'instance.removed' }]
  if (after.instance.removing && !before.instance.removing) return [{ kind: 'instance.removing' }]
  return [...wanted(before.instance, after.instance, around), ...seen(before, after)]
}

/** What root decided. */
function wanted(before: DesiredInstance, after: DesiredInstance, { clusterName }: InstanceSurroundings): readonly Told[] {
  const found: Told[] = []
  if (after.clusterId !== undefined && after.clusterId !== before.clusterId) {
    const details: EventDetails = { cluster: clusterName ?? after.clusterId, ...(before.clusterId && { before: before.clusterId }) }
    found.push({ kind: 'instance.placed', details, ...(after.placementNote && { reason: after.placementNote }) })
  }
  if (after.leaving && !before.leaving) found.push({ kind: 'instance.leaving', reason: after.leaving.reason })
  if (after.restart && after.restart.asked !== before.restart?.asked) found.push(restarting(after.restart))
  if (after.revision !== before.revision) found.push({ kind: 'instance.updating', details: { revision: after.revision ?? null } })
  if (after.rejection && isNews(before.rejection, after.rejection)) found.push(rejected(after.rejection))
  return found
}

/** What the cluster says. */
function seen(before: InstanceState, after: InstanceState): readonly Told[] {
  const { report } = after
  if (!report || report === before.report || report.clusterId !== after.instance?.clusterId) return []
  const was = before.report?.clusterId === report.clusterId ? before.report : undefined
  const actor = speaker(report)
  const found: Told[] = []
  if (report.nodeId !== undefined && report.nodeId !== was?.nodeId) {
    found.push({ kind: 'instance.assigned', actor: clusterActor(report), details: { node: report.nodeName ?? report.nodeId } })
  }
  if (report.rejection && isNews(was?.rejection, report.rejection)) found.push({ ...rejected(report.rejection), actor })
  if (was && report.restarts > was.restarts) found.push({ kind: 'instance.restarted', actor, details: restart(report, was) })
  if (was && report.health && report.health !== was.health && report.health !== 'starting') {
    found.push({ kind: 'instance.health', actor, details: { health: report.health, before: was.health ?? null } })
  }
  return found
}

function restarting({ reason }: RestartWish): Told {
  return { kind: 'instance.restarting', ...(reason !== undefined && { reason }) }
}

function restart(report: ReportedInstance, was: ReportedInstance): EventDetails {
  // It did not end by itself: an exit code would be that of an older process.
  if ((report.restartsAsked ?? 0) > (was.restartsAsked ?? 0)) return { restarts: report.restarts, asked: true }
  const exitCode = report.exitCode ?? was.exitCode
  return { restarts: report.restarts, ...(exitCode !== undefined && { exitCode }) }
}

function rejected({ word, detail }: Rejection): Told {
  return { kind: 'instance.rejected', reason: detail, details: { word } }
}

/** Reasons name free memory and the like, which differ at every try: numbers alone are no news. */
function isNews(before: Rejection | undefined, after: Rejection): boolean {
  return before?.word !== after.word || withoutNumbers(before.detail) !== withoutNumbers(after.detail)
}

function withoutNumbers(sentence: string): string {
  return sentence.replace(/[\d.,]+/g, '#')
}

function withStatus(all: readonly Told[], before: InstanceState, after: InstanceState): readonly Told[] {
  const [from, to] = [statusOf(before), statusOf(after)]
  if (!to || from?.word === to.word) return all
  const change = { ...(from && { from: from.word }), to: to.word }
  const [first, ...others] = all
  if (first) return [{ ...first, details: { ...change, ...first.details } }, ...others]
  const { report } = after
  const exit = report?.exitCode === undefined || report.state === 'running' ? {} : { exitCode: report.exitCode }
  return [{ kind: 'instance.status', ...whoSays(before, after), reason: to.detail, details: { ...change, ...exit } }]
}

/** Root itself, where what it wants changed and no report did. */
function whoSays(before: InstanceState, after: InstanceState): { readonly actor?: EventActor } {
  return after.report && after.report !== before.report ? { actor: speaker(after.report) } : {}
}

function statusOf({ instance, report }: InstanceState): StatusView | undefined {
  if (!instance) return undefined
  const { removing, clusterId, rejection, leaving } = instance
  const observed = report && report.clusterId === clusterId ? report : instance.ended
  return instanceStatus({
    removing,
    ...(clusterId !== undefined && { clusterId }),
    ...(rejection && { rejection }),
    ...(observed && { observed }),
    ...(leaving && { leaving }),
  })
}

function speaker(report: ReportedInstance): EventActor {
  if (report.nodeId === undefined || report.state === 'unplaced') return clusterActor(report)
  return { kind: 'node', id: report.nodeId, ...(report.nodeName !== undefined && { name: report.nodeName }) }
}

function clusterActor({ clusterId }: ReportedInstance): EventActor {
  return { kind: 'cluster', id: clusterId }
}
