import { z } from 'zod'

/** Building blocks of the schemas. Each message states what is expected, for a violation shows it beside what was found. */

export const text = z.string({ error: 'text' })

/** Text that ends up in a system call, where NUL would cut it. */
export const argument = z.string({ error: 'text without NUL characters' }).refine((value) => !value.includes('\0'), {
  error: 'text without NUL characters',
})

export const flag = z.boolean({ error: 'true or false' })

export const listOf = <T extends z.ZodType>(item: T, expected: string) => z.array(item, { error: expected })

export const object = <T extends z.ZodRawShape>(shape: T, expected: string) => z.looseObject(shape, { error: expected })

/** A whole number within bounds, both included. */
export function wholeFrom(min: number, max: number) {
  const error = `a whole number from ${min} to ${max}`
  return z.number({ error }).int({ error }).min(min, { error }).max(max, { error })
}

/** Seconds, decimals allowed, within bounds, both included. */
export function secondsFrom(min: number, max: number) {
  const error = `seconds from ${min} to ${max}`
  return z.number({ error }).min(min, { error }).max(max, { error })
}

/** One of a few words. */
export function oneOf<const Words extends readonly [string, ...string[]]>(words: Words) {
  return z.enum(words, { error: `one of ${words.map((word) => `"${word}"`).join(', ')}` })
}
