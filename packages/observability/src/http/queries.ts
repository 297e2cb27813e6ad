import { OakError } from '@oakestra/base'
import { z } from 'zod'
import { LEVELS, type LogQuery } from '../logs/log-line.ts'
import type { SeriesQuery } from '../series/series-store.ts'

const HOUR_MS = 3_600_000
const LINES_DEFAULT = 200
const LINES_MAX = 2_000

/** Milliseconds since the epoch, or an ISO 8601 time. */
const time = z.union([z.coerce.number().int().nonnegative(), z.iso.datetime({ offset: true }).transform((text) => Date.parse(text))], {
  error: 'expected milliseconds since 1970 or a time such as 2026-01-01T00:00:00Z',
})
const words = z.string().max(200)

const logs = z.object({
  since: time.optional(),
  before: time.optional(),
  level: words
    .transform((text) => text.split(','))
    .pipe(z.array(z.enum(LEVELS, { error: `expected one or more of ${LEVELS.join(', ')}` })))
    .optional(),
  role: words.optional(),
  text: words.optional(),
  limit: z.coerce.number().int().min(1).max(LINES_MAX).default(LINES_DEFAULT),
})

const range = z.object({ name: words, since: time.optional(), until: time.optional() }).catchall(z.string())

/** @throws OakError `bad-request` naming what is wrong */
export function logQueryOf(query: unknown): LogQuery & { readonly limit: number } {
  const { since, before, level, role, text, limit } = checked(logs, query)
  return {
    limit,
    ...(since !== undefined && { sinceMs: since }),
    ...(before !== undefined && { beforeMs: before }),
    ...(level && { levels: level }),
    ...(role !== undefined && { role }),
    ...(text !== undefined && text !== '' && { text }),
  }
}

/** How many alerts that are over are asked for: `past`, all there are to be had when absent. @throws OakError `bad-request` */
export function pastQueryOf(query: unknown, max: number): number {
  return checked(z.object({ past: z.coerce.number().int().min(0).max(max).default(max) }), query).past
}

/** Labels are given as `label.node=n1`. Absent times: the last hour. @throws OakError `bad-request` */
export function rangeQueryOf(query: unknown, nowMs: number): SeriesQuery {
  const { name, since, until, ...rest } = checked(range, query)
  const labels = Object.entries(rest).filter(([key]) => key.startsWith('label.'))
  const where = Object.fromEntries(labels.map(([key, value]) => [key.slice('label.'.length), value]))
  return { name, where, sinceMs: since ?? nowMs - HOUR_MS, untilMs: until ?? nowMs }
}

function checked<T>(schema: z.ZodType<T>, query: unknown): T {
  const result = schema.safeParse(query)
  if (result.success) return result.data
  const said = result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
  throw new OakError('bad-request', said.join('; '))
}
