import { readFileSync } from 'node:fs'
import type { NoteView } from '../client/types.ts'
import type { CliContext } from './context.ts'
import { CliFailure, EXIT } from './failure.ts'

/** Reads a descriptor in JSON. `-` is standard input. @throws CliFailure `usage` */
export function readDescriptor(path: string): unknown {
  const what = path === '-' ? 'standard input' : path
  let text: string
  try {
    text = readFileSync(path === '-' ? 0 : path, 'utf8')
  } catch (thrown) {
    throw new CliFailure(EXIT.usage, `cannot read ${what}: ${thrown instanceof Error ? thrown.message : thrown}`)
  }
  try {
    return JSON.parse(text)
  } catch (thrown) {
    throw new CliFailure(EXIT.usage, `${what} is not JSON: ${thrown instanceof Error ? thrown.message : thrown}`)
  }
}

/** Tells what a document says without effect. */
export function printNotes({ output }: CliContext, notes: readonly NoteView[]): void {
  for (const { path, text } of notes) output.talk(`${output.paintTalk.yellow('note:')}  ${path}: ${text}`)
}
