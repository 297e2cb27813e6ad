import { z } from 'zod'

/** Larger pages are what lists without a limit are for. */
const LIMIT_MAX = 1_000
/** What a cursor of ours is at most long: two positions, each an id, a time and a name. */
const CURSOR_LENGTH_MAX = 2_048

const LIMIT_EXPECTED = `a whole number from 1 to ${LIMIT_MAX}`
const CURSOR_EXPECTED = 'a cursor, as the header x-next-cursor gave it'

/** Parameters of every list; spread into the query of its route. */
export const pageParameters = {
  limit: z
    .string({ error: LIMIT_EXPECTED })
    .regex(/^[1-9]\d{0,3}$/, { error: LIMIT_EXPECTED })
    .refine((text) => Number(text) <= LIMIT_MAX, { error: LIMIT_EXPECTED })
    .optional()
    .describe('Answer a page of at most so many; it may hold fewer and still not be the last. Without it, everything.'),
  cursor: z
    .string({ error: CURSOR_EXPECTED })
    .regex(/^[\w-]+$/, { error: CURSOR_EXPECTED })
    .max(CURSOR_LENGTH_MAX, { error: CURSOR_EXPECTED })
    .optional()
    .describe('Go on where a page ended: the header x-next-cursor of its answer. The last page has none.'),
}

export const pageQuery = z.object(pageParameters)

/** What a caller wants of a list. */
export interface PageQuery {
  readonly limit?: string | undefined
  readonly cursor?: string | undefined
}

/** Whoever goes on with a cursor alone gets pages of this size. */
const LIMIT_DEFAULT = 100

/** The size of the page, or undefined when the whole list is wanted. */
export function limitOf({ limit, cursor }: PageQuery): number | undefined {
  if (limit !== undefined) return Number(limit)
  return cursor === undefined ? undefined : LIMIT_DEFAULT
}
