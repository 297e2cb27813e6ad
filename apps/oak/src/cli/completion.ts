import type { Argument, Command, Option } from 'commander'
import { type CliContext, type GlobalOptions, openClient } from './context.ts'
import { optionsOf } from './options.ts'

/** Scripts that ask the program itself, so that names come from root and new commands need no new script. */
const SCRIPTS = {
  bash: `_oak() {
  local IFS=$'\\n'
  COMPREPLY=($(oak __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null | cut -f1))
}
complete -o default -F _oak oak
`,
  zsh: `#compdef oak
_oak() {
  local -a lines
  lines=("\${(@f)$(oak __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null | tr '\\t' ':')}")
  [[ -n "\${lines[1]}" ]] && _describe 'oak' lines || _files
}
compdef _oak oak
`,
  fish: `complete -c oak -a '(oak __complete -- (commandline -opc)[2..] (commandline -ct) 2>/dev/null)'
`,
} as const

export type Shell = keyof typeof SCRIPTS
export const SHELLS = Object.keys(SCRIPTS) as Shell[]

export function completionScript(shell: Shell): string {
  return SCRIPTS[shell]
}

export interface Suggestion {
  readonly word: string
  readonly description?: string
}

/** Finds the names of one kind of thing. */
export type NameSource = (kind: string) => Promise<readonly string[]>

/** What may stand in place of the last of `words`, which may be empty or half typed. */
export async function complete(program: Command, words: readonly string[], names: NameSource): Promise<readonly Suggestion[]> {
  const typed = words.at(-1) ?? ''
  const { command, option, argument } = walk(program, words.slice(0, -1))
  const all = await suggestionsFor(program, command, option, argument, typed, names)
  return all.filter(({ word }) => word.startsWith(typed))
}

async function suggestionsFor(
  program: Command,
  command: Command,
  option: Option | undefined,
  argument: Argument | undefined,
  typed: string,
  names: NameSource,
): Promise<readonly Suggestion[]> {
  // Nothing to say about a file or a number: the shell then offers files.
  if (option) return (option.argChoices ?? (await names(option.attributeName()))).map((word) => ({ word }))
  if (typed.startsWith('-')) {
    const options = new Set([...command.options, ...program.options].filter((each) => !each.hidden))
    return [...options].map((each) => ({ word: each.long ?? each.short ?? '', description: each.description }))
  }
  const commands = command.createHelp().visibleCommands(command)
  if (commands.length > 0) return commands.map((each) => ({ word: each.name(), description: each.description() }))
  if (!argument) return []
  return (argument.argChoices ?? (await names(argument.name()))).map((word) => ({ word }))
}

interface Place {
  readonly command: Command
  /** Whose value comes next. */
  readonly option?: Option
  /** Which argument comes next. */
  readonly argument?: Argument
}

function walk(program: Command, words: readonly string[]): Place {
  let command = program
  let pending: Option | undefined
  let seen = 0
  for (const word of words) {
    if (pending) {
      pending = undefined
    } else if (word.startsWith('-')) {
      const option = [...command.options, ...program.options].find((each) => each.long === word || each.short === word)
      pending = option && (option.required || option.optional) ? option : undefined
    } else {
      const child: Command | undefined = command.commands.find((each) => each.name() === word || each.aliases().includes(word))
      if (child) command = child
      else seen += 1
    }
  }
  if (pending) return { command, option: pending }
  const last = command.registeredArguments.at(-1)
  const argument = command.registeredArguments[seen] ?? (last?.variadic ? last : undefined)
  return { command, ...(argument && { argument }) }
}

/** Names from root; none when it cannot be asked, for a completion must not complain. */
export function rootNames(context: CliContext, options: GlobalOptions): NameSource {
  return async (kind) => {
    try {
      const client = await openClient(context, options)
      if (/^app/.test(kind)) return (await client.applications()).map((item) => item.application_name)
      if (/^service/.test(kind)) return (await client.services()).map((item) => item.microservice_name)
      if (kind === 'node') return (await client.nodes()).map((item) => item.name)
      if (kind === 'cluster') return (await client.clusters()).map((item) => item.cluster_name)
      return []
    } catch {
      return []
    }
  }
}

export function addCompletionCommands(program: Command, context: CliContext): void {
  const completion = program.command('completion').description('Print the script that completes oak commands in a shell')
  for (const shell of SHELLS) {
    completion
      .command(shell)
      .description(`for ${shell}`)
      .action(() => context.output.result(completionScript(shell).trimEnd()))
  }
  program
    .command('__complete', { hidden: true })
    .argument('[words...]')
    .allowUnknownOption()
    .action(async (words: string[], _, command: Command) => {
      const found = await complete(program, words, rootNames(context, optionsOf(command)))
      for (const { word, description } of found) context.output.result(description ? `${word}\t${description}` : word)
    })
}
