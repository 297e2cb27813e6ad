import { OakError } from '@oakestra/base'

// Primary result codes: sqlite.org/rescode.html. Extended codes carry them in their low byte.
const ADVICE: Readonly<Record<number, string>> = {
  3: 'access to it was denied: check its owner and mode',
  5: 'another process is using it: make sure that only one program runs on this state directory',
  6: 'another process is using it: make sure that only one program runs on this state directory',
  7: 'the machine is out of memory',
  8: 'it is read-only: check its mode and how the disk is mounted',
  10: 'the disk reported an error: check the system log and the disk',
  11: 'it is damaged: stop the program and restore the file from a backup',
  13: 'the disk is full: free some space. Nothing that was acknowledged is lost',
  14: 'it cannot be opened: check that its directory exists and may be written',
  26: 'it is not a database of this program, or is damaged: move it away, or restore it from a backup',
}

/** The same conditions as the operating system reports them while the file is made. */
const CODE_OF_ERRNO: Readonly<Record<string, number>> = {
  EACCES: 3,
  EPERM: 3,
  EROFS: 8,
  ENOSPC: 13,
  EDQUOT: 13,
  EIO: 10,
  ENOENT: 14,
  ENOTDIR: 14,
  EISDIR: 14,
}

const NOT_RETRYABLE: ReadonlySet<number> = new Set([3, 11, 26])

/** SQLite's own sentences, for the calls in which the package for Node 20 leaves the number out. */
const CODE_OF_MESSAGE: Readonly<Record<string, number>> = {
  'database is locked': 5,
  'out of memory': 7,
  'attempt to write a readonly database': 8,
  'disk I/O error': 10,
  'database disk image is malformed': 11,
  'database or disk is full': 13,
  'unable to open database file': 14,
  'file is not a database': 26,
}

/** SQLITE_ERROR: what a failure of unknown kind counts as. */
const CODE_UNKNOWN = 1

/** The primary result code of an error thrown by SQLite, or undefined for any other error. */
export function sqliteCode(thrown: unknown): number | undefined {
  if (!(thrown instanceof Error) || !('code' in thrown) || thrown.code !== 'ERR_SQLITE_ERROR') return undefined
  if ('errcode' in thrown && typeof thrown.errcode === 'number') return thrown.errcode & 0xff
  return CODE_OF_MESSAGE[thrown.message] ?? CODE_UNKNOWN
}

/** Turns a failure of the storage into `unavailable` with what to do about it; leaves every other error as it is. */
export function toStorageError(thrown: unknown, file: string): unknown {
  const code = sqliteCode(thrown) ?? errnoCode(thrown)
  const advice = code === undefined ? undefined : ADVICE[code]
  if (code === undefined || advice === undefined) return thrown
  return new OakError('unavailable', `the store ${file} cannot be used: ${advice}`, {
    cause: thrown,
    retryable: !NOT_RETRYABLE.has(code),
  })
}

function errnoCode(thrown: unknown): number | undefined {
  if (!(thrown instanceof Error) || !('syscall' in thrown) || !('code' in thrown)) return undefined
  return CODE_OF_ERRNO[String(thrown.code)]
}
