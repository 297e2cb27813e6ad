import { randomBytes } from 'node:crypto'

/** Makes ids that nobody else makes: 24 lower-case hex digits, the form clients of upstream expect. */
export interface IdGenerator {
  next(): string
}

const ID_PATTERN = /^[0-9a-f]{24}$/

/** True for the textual form of an id. `reference/orchestration.md` 2.1 "Ids". */
export function isId(text: string): boolean {
  return ID_PATTERN.test(text)
}

/** Ids from the system's random source: 96 bits, so that tiers can make them without asking each other. */
export const randomIds: IdGenerator = { next: () => randomBytes(12).toString('hex') }
