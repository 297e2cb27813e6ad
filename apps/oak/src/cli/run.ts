import { CommanderError } from 'commander'
import type { CliContext } from './context.ts'
import { CliFailure, EXIT, toFailure } from './failure.ts'
import { createProgram } from './program.ts'

// What a shell reports for a program that SIGINT ended.
const INTERRUPTED = 130

/** Runs one command line (without the program's name) and gives the exit code. Nothing escapes. */
export async function runCli(argv: readonly string[], context: CliContext): Promise<number> {
  try {
    await createProgram(context).parseAsync([...argv], { from: 'user' })
    return EXIT.ok
  } catch (thrown) {
    if (context.signal.aborted) return INTERRUPTED
    const failure = thrown instanceof CommanderError ? usageFailure(thrown, argv) : toFailure(thrown)
    if (!failure) return EXIT.ok
    report(context, failure)
    return failure.exitCode
  }
}

/** Commander's own errors; nothing for its ways of ending after `--help` and `--version`. */
function usageFailure(error: CommanderError, argv: readonly string[]): CliFailure | undefined {
  if (error.exitCode === 0) return undefined
  if (error.code === 'commander.help') return undefinedUnlessBare(argv)
  const [message, ...rest] = error.message.replace(/^error: /, '').split('\n')
  return new CliFailure(EXIT.usage, message ?? 'wrong command line', rest.join(' ').replace(/[()]/g, '') || 'see what there is with --help')
}

/** A group without its command prints its help, and is still not a command. */
function undefinedUnlessBare(argv: readonly string[]): CliFailure | undefined {
  return argv.length === 0 ? undefined : new CliFailure(EXIT.usage, 'a command is missing', 'add one to the line, as --help lists them')
}

function report(context: CliContext, failure: CliFailure): void {
  const { paintTalk } = context.output
  context.output.talk(`${paintTalk.red('error:')} ${failure.message}`)
  if (failure.hint) context.output.talk(`${paintTalk.cyan('next:')}  ${failure.hint}`)
}
