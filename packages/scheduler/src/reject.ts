import type { Rejection, Slot } from '@oakestra/model'
import { targetClusters } from './filters/direct-cluster.ts'
import type { CandidateCheck, SlotCheck } from './filters/filter.ts'
import type { Checks } from './filters/registry.ts'
import type { Candidate, PlacementRequest } from './placement.ts'
import { NO_WORDS } from './words.ts'

/** Candidates with reasons in one rejection: enough to see why, small enough to store with each waiting instance. */
const CANDIDATES_MAX = 100

/** Says why no candidate can take the request: for all together in `detail`, for each by itself in `candidates`. */
export function explainRejection(request: PlacementRequest, candidates: readonly Candidate[], checks: Checks): Rejection {
  const shown = candidates.slice(0, CANDIDATES_MAX)
  const more = candidates.length - shown.length
  const { word, detail } = verdict(request, candidates, checks)
  return {
    word,
    detail: more > 0 ? `${detail} (${more} more ${NOUN[request.tier]}s are not listed)` : detail,
    candidates: shown.map((candidate) => ({ id: candidate.id, name: candidate.name, reasons: reasonsAgainst(candidate, checks, request) })),
  }
}

/** Why the preferred candidate, which was asked for but does not fit, was not taken. */
export function preferenceNotes(
  request: PlacementRequest,
  checks: Checks,
  preferredId: string | undefined,
  candidate: Candidate | undefined,
): readonly string[] {
  if (preferredId === undefined) return []
  const noun = NOUN[request.tier]
  if (!candidate) return [`the preferred ${noun} ${preferredId} does not exist`]
  return [`the preferred ${noun} ${candidate.name} cannot take it: ${reasonsAgainst(candidate, checks, request).join('; ')}`]
}

const NOUN = { root: 'cluster', cluster: 'node' } as const

/** The words of `reference/orchestration.md` 4.5: a named cluster has its own. */
function verdict(request: PlacementRequest, candidates: readonly Candidate[], checks: Checks): Pick<Rejection, 'word' | 'detail'> {
  const word = request.tier === 'root' ? 'NoActiveClusterWithCapacity' : 'NO_WORKER_CAPACITY'
  const [target, second] = targetClusters(request)
  if (target === undefined) return { word, detail: detailOfAll(request, candidates, checks) }
  if (second !== undefined)
    return { word: 'TargetClusterNotFound', detail: `direct constraints name two clusters, ${target} and ${second}` }
  return verdictOnTarget(target, request, candidates, checks)
}

function verdictOnTarget(
  target: string,
  request: PlacementRequest,
  candidates: readonly Candidate[],
  checks: Checks,
): Pick<Rejection, 'word' | 'detail'> {
  const named = candidates.filter((candidate) => candidate.name === target)
  const [first] = named
  if (!first) return { word: 'TargetClusterNotFound', detail: `no cluster is called ${target}, which a direct constraint names` }
  // Two may have one name while the older is being removed; the same facts make the same sentence.
  const [active] = named.filter((candidate) => candidate.active).toSorted((a, b) => (a.id < b.id ? -1 : 1))
  if (!active) return { word: 'TargetClusterNotActive', detail: `the cluster ${target}, which a direct constraint names, is not connected` }
  const reasons = reasonsAgainst(active, checks, request).join('; ')
  return { word: 'TargetClusterNoCapacity', detail: `the cluster ${target}, which a direct constraint names, cannot take it: ${reasons}` }
}

function detailOfAll({ tier }: PlacementRequest, candidates: readonly Candidate[], checks: Checks): string {
  const noun = NOUN[tier]
  if (candidates.length === 0) return `there is no ${noun} yet`
  const { counts, left } = sortOut(candidates, checks.candidate)
  const reasons = left.length === 0 ? [] : reasonsAgainstSlots(slotsOf(left), checks.slot, tier)
  const parts = [...counts].filter(([, count]) => count > 0).map(([summary, count]) => `${count} ${summary}`)
  const subject = candidates.length === 1 ? `the only ${noun} cannot` : `none of ${candidates.length} ${noun}s can`
  return `${subject} take it: ${[...parts, ...reasons].join('; ')}`
}

/** Slots with the labels of their candidates. A loop, for `flatMap` takes several times as long over thousands of nodes. */
function slotsOf(candidates: readonly Candidate[]): Slot[] {
  const slots: Slot[] = []
  for (const { slots: own, labels = NO_WORDS } of candidates) {
    for (const slot of own) slots.push(labels.length === 0 ? slot : { ...slot, labels: [...(slot.labels ?? []), ...labels] })
  }
  return slots
}

/** Counts candidates by the first check that they fail; `left` are those that fail none. */
function sortOut(candidates: readonly Candidate[], checks: readonly CandidateCheck[]) {
  // Entered in the order of the checks, so that the same facts make the same sentence.
  const counts = new Map(checks.map((check) => [check.summary, 0]))
  const left: Candidate[] = []
  for (const candidate of candidates) {
    const failed = checks.find((check) => !check.passes(candidate))
    if (failed) counts.set(failed.summary, (counts.get(failed.summary) ?? 0) + 1)
    else left.push(candidate)
  }
  return { counts, left }
}

function reasonsAgainst(candidate: Candidate, checks: Checks, { tier }: PlacementRequest): string[] {
  const own = checks.candidate.filter((check) => !check.passes(candidate)).map((check) => check.reason(candidate))
  return [...own, ...reasonsAgainstSlots(slotsOf([candidate]), checks.slot, tier)]
}

/** What no slot has; and when each is had by some slot, what is missing among those that have all before it. */
function reasonsAgainstSlots(slots: readonly Slot[], checks: readonly SlotCheck[], tier: PlacementRequest['tier']): string[] {
  if (slots.length === 0) return [tier === 'root' ? 'has no node that is ready' : 'has told nothing about itself yet']
  const lacking = checks.filter((check) => !slots.some((slot) => check.passes(slot, NO_WORDS)))
  if (lacking.length > 0) return lacking.map((check) => check.reason(slots))
  let left = slots
  for (const check of checks) {
    const next = left.filter((slot) => check.passes(slot, NO_WORDS))
    if (next.length === 0) return [`no single node has all of it: among those that come closest, it ${check.reason(left)}`]
    left = next
  }
  return []
}
