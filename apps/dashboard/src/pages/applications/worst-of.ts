import type { ServiceSummary, Tone } from '../../words/status.ts'

/** What is not deployed says nothing about the others. */
const WORST: readonly Tone[] = ['bad', 'warn', 'busy', 'good', 'calm']

/** Many services in one line: the worst of them, and how many instances run. Pure. */
export function worstOf(summaries: readonly ServiceSummary[]): ServiceSummary {
  const [worst] = summaries.toSorted((a, b) => WORST.indexOf(a.tone) - WORST.indexOf(b.tone))
  const running = summaries.reduce((sum, each) => sum + each.running, 0)
  const total = summaries.reduce((sum, each) => sum + each.total, 0)
  return worst ? { tone: worst.tone, text: worst.text, running, total } : { tone: 'calm', text: 'Not deployed', running, total }
}
