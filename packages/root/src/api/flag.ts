import { z } from 'zod'

/** A parameter of a query that is a switch: true when it is `true` or `1`, or stands there without a value. */
export const flag = z.enum(['true', 'false', '1', '0', ''], { error: 'true or false' }).optional()

/** Whether a `flag` was switched on. */
export function isSet(value: z.infer<typeof flag>): boolean {
  return value === 'true' || value === '1' || value === ''
}
