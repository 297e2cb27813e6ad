/** Makes ids that nobody else makes: 24 lower-case hex digits, the form clients of upstream expect. */
export interface IdGenerator {
  next(): string
}

const ID_PATTERN = /^[0-9a-f]{24}$/
const ID_BYTES = 12

/** True for the textual form of an id. `reference/orchestration.md` 2.1 "Ids". */
export function isId(text: string): boolean {
  return ID_PATTERN.test(text)
}

/**
 * Ids from the system's random source: 96 bits, so that tiers can make them without asking each other. The web's interface
 * to it, which Node has as well: pages import this package too.
 */
export const randomIds: IdGenerator = {
  next: () => Array.from(crypto.getRandomValues(new Uint8Array(ID_BYTES)), (byte) => byte.toString(16).padStart(2, '0')).join(''),
}
