import type { CandidateView, InstanceView } from '../client/types.ts'
import { hasArrived } from './arrival.ts'

// More names say nothing more; the whole list is in the JSON.
const NAMES_SHOWN = 3

/** Why candidates were turned down: one line each, those with the same reasons together. */
export function candidateLines(candidates: readonly CandidateView[] | undefined): string {
  const byReason = new Map<string, string[]>()
  for (const { name, reasons } of candidates ?? []) {
    const reason = reasons.join('; ')
    const names = byReason.get(reason)
    if (names) names.push(name)
    else byReason.set(reason, [name])
  }
  return [...byReason].map(([reason, names]) => `\n  ${listed(names)}: ${reason}`).join('')
}

function listed(names: readonly string[]): string {
  const hidden = names.length - NAMES_SHOWN
  return hidden > 1 ? `${names.slice(0, NAMES_SHOWN).join(', ')} and ${hidden} more` : names.join(', ')
}

/** Why instances do not run, or have no other place to go to; those with the same reasons together. */
export function whyNotRunning(instances: readonly InstanceView[]): readonly string[] {
  const numbersByReason = new Map<string, number[]>()
  for (const instance of instances) {
    if (hasArrived(instance) && instance.health !== 'unhealthy' && !instance.candidates?.length) continue
    const reason = reasonOf(instance)
    const numbers = numbersByReason.get(reason)
    if (numbers) numbers.push(instance.instance_number)
    else if (reason) numbersByReason.set(reason, [instance.instance_number])
  }
  return [...numbersByReason].flatMap(([reason, numbers]) => `${numbers.map((number) => `#${number}`).join(', ')} ${reason}`.split('\n'))
}

function reasonOf({ status, status_detail: detail, candidates }: InstanceView): string {
  const lines = candidateLines(candidates)
  return detail || lines ? `${status}: ${detail ?? ''}${lines}` : ''
}
