import { type Command, InvalidArgumentError, Option } from 'commander'
import type { CliContext, GlobalOptions } from './context.ts'
import { CliFailure, EXIT } from './failure.ts'

/** What a command's action sees of its command line. */
export type Options<T = object> = T & GlobalOptions & { readonly json?: boolean }

/**
 * Options of a command and of those above it, together. What was typed wins over any default, for commander gives an
 * option that two of them know to the upper one; among defaults the command's own counts.
 */
export function optionsOf<T = object>(command: Command): Options<T> {
  const values = new Map<string, { readonly value: unknown; readonly isDefault: boolean }>()
  for (let at: Command | null = command; at; at = at.parent) {
    for (const [name, value] of Object.entries(at.opts())) {
      const isDefault = at.getOptionValueSource(name) === 'default'
      const known = values.get(name)
      if (!known || (known.isDefault && !isDefault)) values.set(name, { value, isDefault })
    }
  }
  return Object.fromEntries([...values].map(([name, { value }]) => [name, value])) as Options<T>
}

/** A whole number of at least `min`. For `argument` and `option` parsers. */
export function wholeNumber(min: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (!Number.isInteger(value) || value < min || text.trim() === '')
      throw new InvalidArgumentError(`Expected a whole number of at least ${min}.`)
    return value
  }
}

/** `90`, `90s`, `5m`, `1h`, in milliseconds. */
export function duration(text: string): number {
  const match = /^(\d+)(s|m|h)?$/.exec(text)
  const unitMs = { s: 1_000, m: 60_000, h: 3_600_000 }[match?.[2] ?? 's']
  if (!match || unitMs === undefined) throw new InvalidArgumentError('Expected a time such as 90s, 5m or 1h.')
  return Number(match[1]) * unitMs
}

/** `--timeout`, whose value is in milliseconds. */
export function timeoutOption(description: string, defaultMs: number): Option {
  return new Option('--timeout <time>', description).argParser(duration).default(defaultMs, `${defaultMs / 1000}s`)
}

/** Adds `--wait` and `--timeout`. */
export function addWaiting(command: Command): Command {
  return command
    .option('-w, --wait', 'wait until every instance runs or has completed')
    .addOption(timeoutOption('longest wait, such as 90s or 5m', 300_000))
}

export interface WaitingOptions {
  readonly wait?: boolean
  readonly timeout: number
}

/** Adds `--json`, which every listing has. */
export function addJson(command: Command): Command {
  return command.option('--json', 'print JSON')
}

/** Stops before something is destroyed unless the person says yes, at the prompt or by `--yes`. */
export async function confirm(context: CliContext, yes: boolean | undefined, what: string): Promise<void> {
  if (yes) return
  const answer = await context.ask(`${what} Continue? [y/N] `)
  if (answer === undefined)
    throw new CliFailure(EXIT.usage, `${what} Nothing was done`, 'there is no terminal to ask at; confirm with --yes')
  if (!/^y(es)?$/i.test(answer.trim())) throw new CliFailure(EXIT.failure, 'nothing was done')
}

/** The result of a listing: JSON for programs, lines for people. */
export function printResult(context: CliContext, json: boolean | undefined, value: unknown, lines: () => readonly string[]): void {
  if (json) context.output.result(JSON.stringify(value, undefined, 2))
  else for (const line of lines()) context.output.result(line)
}
