import { type Clock, OakError } from '@oakestra/base'
import type { Peer } from './transport.ts'

/**
 * Names one life of a child's process: made at its start, told at every connection. A connection of the same life replaces
 * the one before, however alive that looks; one of another life may be a cloned machine.
 */
export const INCARNATION_HEADER = 'x-oakestra-incarnation'

/** Undefined when a child does not say, or says something else. */
export function parseIncarnation(text: string | readonly string[] | undefined): string | undefined {
  return /^[0-9a-f]{32}$/.exec(String(text))?.[0]
}

/** The connection that a child has when it makes another one. */
export interface Incumbent {
  readonly peer: Peer
  readonly hasEnded: boolean
  /** Grows with every answer to a question. What was under way when the far end died is none. */
  readonly answersHeard: number
  /** Wants an answer at once. */
  question(): void
}

// Long enough for several questions over a link of 250 ms with losses, short enough for a child to wait at the door.
const PATIENCE_MS = 1_500
const QUESTIONS = 6

/** How long an incumbent may take to show that it lives. */
export function patienceOf(leaseMs: number): number {
  return Math.min(PATIENCE_MS, leaseMs / 2)
}

/** Resolves when the incumbent has ended or did not answer. @throws OakError `conflict` when it lives */
export async function awaitRoom(incumbent: Incumbent, patienceMs: number, clock: Clock): Promise<void> {
  const before = incumbent.answersHeard
  for (let asked = 0; asked < QUESTIONS && !incumbent.hasEnded; asked += 1) {
    incumbent.question()
    await clock.sleep(patienceMs / QUESTIONS)
    if (!incumbent.hasEnded && incumbent.answersHeard > before) throw twoOfOne(incumbent.peer)
  }
}

function twoOfOne({ kind, id, address }: Peer): OakError {
  return new OakError(
    'conflict',
    `another machine uses this ${kind}'s identity: ${id} is connected from ${address}. ` +
      `If this machine is a copy of that one, remove the directory "identity" of its data and join with a new token; if it is the same machine, stop the other process`,
  )
}
