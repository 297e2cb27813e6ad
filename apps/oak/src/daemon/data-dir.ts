import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { OakError } from '@oakestra/base'

const MARKER = '.oakestra'

/** What a fresh file system holds by itself. */
const NOT_OURS_BUT_FINE: ReadonlySet<string> = new Set(['lost+found'])

/**
 * Makes the data directory, readable by its owner only, and marks it as ours: what is not marked is never removed.
 * @throws OakError `conflict` when the directory holds somebody else's files, `forbidden` without the right to write
 */
export function prepareDataDir(dataDir: string): void {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 })
    if (isOurs(dataDir)) return
    const others = readdirSync(dataDir).filter((name) => !NOT_OURS_BUT_FINE.has(name))
    if (others.length > 0)
      throw new OakError(
        'conflict',
        `${dataDir} holds other files (${others.slice(0, 3).join(', ')}); choose an empty directory with --data-dir`,
      )
    writeFileSync(join(dataDir, MARKER), 'All state of Oakestra on this machine. Remove it with: oak clean\n')
  } catch (thrown) {
    if (thrown instanceof OakError) throw thrown
    throw new OakError('forbidden', `cannot write to ${dataDir}: ${thrown instanceof Error ? thrown.message : thrown}`, { cause: thrown })
  }
}

/**
 * Removes the data directory with all it holds. False when there was none.
 * @throws OakError `conflict` when it is not ours, or something is still mounted below it
 */
export function removeDataDir(dataDir: string): boolean {
  if (!existsSync(dataDir)) return false
  if (!isOurs(dataDir)) {
    if (readdirSync(dataDir).length > 0) throw new OakError('conflict', `${dataDir} was not made by Oakestra; nothing of it was removed`)
    return false
  }
  // Removing through a mount would remove the files of a running container's image.
  const mounts = mountsBelow(dataDir, readFileSync('/proc/self/mountinfo', 'utf8'))
  if (mounts.length > 0) throw new OakError('conflict', `still mounted: ${mounts.slice(0, 5).join(', ')}`)
  for (const name of readdirSync(dataDir)) if (name !== MARKER) rmSync(join(dataDir, name), { recursive: true, force: true })
  // Last, so that a removal which was cut short can be done again.
  rmSync(dataDir, { recursive: true, force: true })
  return true
}

/** Mount points strictly below a directory, from the text of `/proc/self/mountinfo` (proc(5): field 5, octal escapes). */
export function mountsBelow(directory: string, mountinfo: string): readonly string[] {
  const unescape = (text: string) =>
    text.replaceAll(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)))
  return mountinfo
    .split('\n')
    .map((line) => unescape(line.split(' ')[4] ?? ''))
    .filter((point) => point.startsWith(`${directory}/`))
}

function isOurs(dataDir: string): boolean {
  return existsSync(join(dataDir, MARKER))
}
