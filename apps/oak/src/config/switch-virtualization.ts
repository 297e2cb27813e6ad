import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { OakError } from '@oakestra/base'
import { parseDocument } from 'yaml'

/** Settings behind the words of upstream's `config virtualization` (`reference/worker.md` 2.2). */
const SETTINGS: Readonly<Record<string, readonly string[]>> = { unikernel: ['node', 'unikernel', 'enabled'] }
const ON = new Set(['on', 'enable', 'true'])
const OFF = new Set(['off', 'disable', 'false'])

/**
 * Writes into a configuration file whether a node offers a virtualization; comments and everything else stay as they are.
 * @throws OakError `bad-request` for words that are not known, or a file that cannot be read as settings or written
 */
export function switchVirtualization(file: string, virtualization: string, word: string): void {
  const setting = SETTINGS[virtualization]
  if (!setting)
    throw new OakError(
      'bad-request',
      `there is no virtualization "${virtualization}" to switch; there is ${Object.keys(SETTINGS).join(', ')}`,
    )
  if (!ON.has(word) && !OFF.has(word)) throw new OakError('bad-request', `expected on or off, not "${word}"`)
  const document = parseDocument(textOf(file))
  if (document.errors.length > 0) throw new OakError('bad-request', `${file} is not YAML: ${document.errors[0]?.message}`)
  document.setIn(setting, ON.has(word))
  try {
    mkdirSync(path.dirname(file), { recursive: true })
    writeFileSync(file, document.toString())
  } catch (cause) {
    throw new OakError('bad-request', `cannot write ${file}: ${cause instanceof Error ? cause.message : cause}`, { cause })
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
