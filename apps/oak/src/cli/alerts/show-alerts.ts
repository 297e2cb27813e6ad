import { type CliContext, openInfrastructure } from '../context.ts'
import { CliFailure, EXIT } from '../failure.ts'
import { type Options, printResult } from '../options.ts'
import { type Paint, printable } from '../output.ts'
import { type Column, renderTable } from '../table.ts'

export interface AlertsOptions {
  readonly past?: boolean
  readonly rules?: boolean
}

interface Alert {
  readonly rule: string
  readonly severity: string
  readonly state: string
  readonly summary: string
  readonly action: string
  readonly startedAtMs: number
  readonly resolvedAtMs?: number
}

interface Rule {
  readonly name: string
  readonly severity: string
  readonly metric: string
  readonly is: string
  readonly threshold: number
  readonly forMs: number
  readonly summary: string
}

/** Prints alerts, or the rules they follow from. */
export async function showAlerts(context: CliContext, options: Options<AlertsOptions>): Promise<void> {
  if (options.past && options.rules) throw new CliFailure(EXIT.usage, 'either --past or --rules', 'ask for one after the other')
  const infrastructure = await openInfrastructure(context, options)
  if (options.rules) {
    const rules = await infrastructure.get<readonly Rule[]>('/rules')
    return printResult(context, options.json, rules, () => renderTable(rules, RULE_COLUMNS))
  }
  const { current, past } = await infrastructure.get<Readonly<Record<'current' | 'past', readonly Alert[]>>>('/alerts')
  const alerts = options.past ? past : current
  printResult(context, options.json, alerts, () => {
    if (alerts.length === 0) context.output.talk(options.past ? 'nothing was wrong yet' : 'no alert is firing')
    return alerts.flatMap((alert) => linesOf(alert, context.output.paint))
  })
}

const RULE_COLUMNS: readonly Column<Rule>[] = [
  { title: 'RULE', value: ({ name }) => name },
  { title: 'SEVERITY', value: ({ severity }) => severity },
  { title: 'METRIC', value: ({ metric }) => metric },
  { title: 'WHEN', value: ({ is, threshold }) => `${is} ${threshold}` },
  { title: 'FOR', value: ({ forMs }) => `${forMs / 1_000} s` },
]

/** Two lines: what is wrong, and what to do about it; of what is over only the first. */
function linesOf(alert: Alert, paint: Paint): readonly string[] {
  const { severity, state, rule, summary, action, startedAtMs, resolvedAtMs } = alert
  const word = state === 'firing' ? severity : state
  const painted = state === 'firing' && severity === 'critical' ? paint.red(word) : word
  const when = resolvedAtMs === undefined ? `since ${timeText(startedAtMs)}` : `${timeText(startedAtMs)} to ${timeText(resolvedAtMs)}`
  const first = `${painted}  ${paint.bold(printable(summary))}  ${paint.dim(`${printable(rule)}, ${when}`)}`
  return state === 'resolved' ? [first] : [first, `  ${printable(action)}`]
}

function timeText(timeMs: number): string {
  return new Date(timeMs).toISOString().replace('T', ' ').slice(0, 19)
}
