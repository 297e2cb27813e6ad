import { EVENT_KINDS, type RecordedEvent } from '@oakestra/model'
import { sentence } from '../api/failure.ts'
import { statusText, type Tone } from './status.ts'

/** Who made it happen, in a word or two. */
export function actorText({ kind, name }: RecordedEvent['actor']): string {
  if (kind === 'user') return name ?? 'a user'
  if (kind === 'system') return 'root'
  return name === undefined ? `a ${kind}` : `the ${kind} ${name}`
}

/** What it is about. */
export function objectText({ type, name, id }: RecordedEvent['object']): string {
  return `${type} ${name ?? id}`
}

/** What happened, without the thing that is named beside it. A kind newer than this page is shown as it is. */
export function happenedText({ kind, reason, details }: Pick<RecordedEvent, 'kind' | 'reason' | 'details'>): string {
  const status = details?.['status'] ?? details?.['to']
  const said = kind === 'instance.status' && typeof status === 'string' ? statusText(status).text : (EVENT_KINDS[kind] ?? kind)
  return reason === undefined || reason === '' ? sentence(said) : `${sentence(said)} ${sentence(reason)}`
}

const BAD = /(rejected|disconnected)$/
const CALM = /(removing|removed)$/
const GOOD = /(created|joined|connected|placed|assigned)$/

export function eventTone({ kind, details }: Pick<RecordedEvent, 'kind' | 'details'>): Tone {
  const status = details?.['status'] ?? details?.['to']
  if (kind === 'instance.status' && typeof status === 'string') return statusText(status).tone
  if (kind === 'instance.health') return status === 'unhealthy' ? 'bad' : 'good'
  if (kind === 'instance.restarted') return 'warn'
  if (BAD.test(kind)) return 'warn'
  if (CALM.test(kind)) return 'calm'
  return GOOD.test(kind) ? 'good' : 'busy'
}
