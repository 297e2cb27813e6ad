import { OakError } from '@oakestra/base'
import { parse } from 'yaml'
import { z } from 'zod'
import { DEFAULT_RULES } from './default-rules.ts'
import { type AlertRule, COMPARISONS } from './rule.ts'

const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const
const RULES_MAX = 200

const duration = z
  .string()
  .regex(/^\d+(ms|s|m|h)$/, 'expected a duration such as 30s, 5m or 1h')
  .transform((text) => Number.parseInt(text, 10) * UNITS[text.replace(/^\d+/, '') as keyof typeof UNITS])

const text = z.string().min(1).max(500)
const label = z.string().regex(/^[a-zA-Z_]\w{0,99}$/, 'expected the name of a label')

const rule = z
  .strictObject({
    name: z.string().regex(/^[A-Za-z]\w{0,99}$/, 'expected letters, digits and underscores'),
    severity: z.enum(['info', 'warning', 'critical']),
    metric: z.string().regex(/^[a-zA-Z_:][\w:]{0,199}$/, 'expected the name of a metric'),
    where: z.record(label, z.string().max(200)).exactOptional(),
    by: z.array(label).max(10).exactOptional(),
    growthWithin: duration.exactOptional(),
    is: z.enum(Object.keys(COMPARISONS) as [keyof typeof COMPARISONS]),
    threshold: z.number(),
    for: duration.prefault('0s'),
    summary: text,
    impact: text.prefault('Not said.'),
    action: text.prefault('Not said.'),
  })
  .transform(
    ({ growthWithin, for: forMs, ...rest }): AlertRule => ({
      ...rest,
      forMs,
      ...(growthWithin !== undefined && { growthWithinMs: growthWithin }),
    }),
  )

const ruleFile = z.strictObject({
  /** Rules that come with the program and are not wanted; `all` for none of them. */
  without: z.union([z.literal('all'), z.array(z.string())]).prefault([]),
  rules: z.array(rule).max(RULES_MAX).prefault([]),
})

/**
 * Reads a file of rules. One that is named like one of ours replaces it.
 * @throws OakError `bad-request` naming everything that is wrong
 */
export function parseRuleFile(yaml: string): readonly AlertRule[] {
  const { without, rules } = checked(yaml)
  const names = new Set(rules.map(({ name }) => name))
  if (names.size < rules.length) throw new OakError('bad-request', 'two alert rules have the same name')
  const unknown = without === 'all' ? [] : without.filter((name) => !DEFAULT_RULES.some((known) => known.name === name))
  if (unknown.length > 0) throw new OakError('bad-request', `without: there is no rule ${unknown.join(', ')}`)
  const kept = without === 'all' ? [] : DEFAULT_RULES.filter(({ name }) => !without.includes(name) && !names.has(name))
  return [...kept, ...rules]
}

function checked(yaml: string): z.infer<typeof ruleFile> {
  let value: unknown
  try {
    value = parse(yaml) ?? {}
  } catch (cause) {
    throw new OakError('bad-request', `the alert rules are not YAML: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
  }
  const result = ruleFile.safeParse(value)
  if (result.success) return result.data
  const wrong = result.error.issues.map(({ path, message }) => `${path.join('.') || 'the file'}: ${message}`)
  throw new OakError('bad-request', `alert rules: ${wrong.join('; ')}`)
}
