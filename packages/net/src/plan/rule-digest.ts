import { createHash } from 'node:crypto'
import { memoized } from './memoized.ts'

/**
 * Eight hex digits that stand for a rule's text. The kernel keeps them as the rule's comment: what it lists back is
 * written differently from what it was given, so rules are compared by this and not by their text.
 */
export const ruleDigest = memoized((rule: string) => createHash('sha256').update(rule).digest('hex').slice(0, 8))
