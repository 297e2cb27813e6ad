import { EVENT_KINDS, type RecordedEvent } from '@oakestra/model'
import { sentence } from '../api/failure.ts'
import { statusText, type Tone } from './status.ts'

type Kind = RecordedEvent['kind']

/** What happened to the thing that is named beside it. Kinds that are not here say it as the model does. */
const HAPPENED: { readonly [Name in Kind]?: string } = {
  'application.created': 'created',
  'application.changed': 'changed',
  'application.removed': 'deleted',
  'service.created': 'added',
  'service.revised': 'has a new revision',
  'service.scaled': 'scaled',
  'service.rollout': 'update',
  'service.removing': 'is being deleted',
  'service.removed': 'is gone',
  'instance.created': 'asked for',
  'instance.placed': 'a cluster was chosen',
  'instance.assigned': 'a node was chosen',
  'instance.rejected': 'no place was found',
  'instance.leaving': 'is to leave its place',
  'instance.restarting': 'is to be started again',
  'instance.restarted': 'started again',
  'instance.updating': 'gets another revision',
  'instance.removing': 'is being removed',
  'instance.removed': 'is gone',
  'cluster.joined': 'joined',
  'cluster.connected': 'connected',
  'cluster.disconnected': 'disconnected',
  'cluster.changed': 'changed',
  'cluster.removing': 'is being removed',
  'cluster.removed': 'is gone',
  'node.changed': 'changed',
  'node.removing': 'is being removed',
  'user.created': 'created',
  'user.changed': 'changed',
  'user.password': 'has another password',
  'user.removed': 'deleted',
}

/** Who made it happen, in a word or two. */
export function actorText({ kind, name }: RecordedEvent['actor']): string {
  if (kind === 'user') return name ?? 'a user'
  if (kind === 'system') return 'root'
  return name === undefined ? `its ${kind}` : `the ${kind} ${name}`
}

/** What it is about. The full name of an instance is that of its service and its number: two words of it say enough here. */
export function objectText({ type, name, id }: RecordedEvent['object']): string {
  if (name === undefined) return `${type} ${id}`
  const parts = name.split('.')
  if (type === 'instance' && parts.length === 5) return `${parts[2]} ${parts[4]}`
  return type === 'service' && parts.length === 4 ? `${parts[2]}` : name
}

/** What happened, without the thing that is named beside it. A kind newer than this page is shown as it is. */
export function happenedText({ kind, reason, details }: Pick<RecordedEvent, 'kind' | 'reason' | 'details'>): string {
  const word = textOf(details?.['to'])
  const said =
    kind === 'instance.status' && word !== undefined ? statusText(word).text.toLowerCase() : (HAPPENED[kind] ?? EVENT_KINDS[kind] ?? kind)
  return reason === undefined || reason === '' ? sentence(said) : `${sentence(said)} ${sentence(reason)}`
}

const BAD = /(rejected|disconnected)$/
const CALM = /(removing|removed)$/
const GOOD = /(created|joined|connected|placed|assigned)$/

export function eventTone({ kind, details }: Pick<RecordedEvent, 'kind' | 'details'>): Tone {
  const status = textOf(details?.['to'])
  if (kind === 'instance.status' && status !== undefined) return statusText(status).tone
  if (kind === 'instance.health') return details?.['health'] === 'unhealthy' ? 'bad' : 'good'
  if (kind === 'service.gateway') return details?.['nodes'] === 0 ? 'good' : 'bad'
  if (kind === 'instance.restarted' || BAD.test(kind)) return 'warn'
  if (CALM.test(kind)) return 'calm'
  return GOOD.test(kind) ? 'good' : 'busy'
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
