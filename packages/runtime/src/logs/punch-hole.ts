import { createRequire } from 'node:module'

// linux/falloc.h
const FALLOC_FL_KEEP_SIZE = 1
const FALLOC_FL_PUNCH_HOLE = 2

type Fallocate = (fd: number, mode: number, offset: number, length: number) => number

let loaded: Fallocate | undefined | 'missing'

/**
 * Gives a range of a file back to the file system; it then reads as zeros and the length stays.
 * @returns false where that is not possible: the bytes stay
 */
export function punchHole(fd: number, offset: number, length: number): boolean {
  const fallocate = load()
  return fallocate !== undefined && fallocate(fd, FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE, offset, length) === 0
}

/** When first needed: most nodes never print enough. */
function load(): Fallocate | undefined {
  loaded ??= bind()
  return loaded === 'missing' ? undefined : loaded
}

function bind(): Fallocate | 'missing' {
  try {
    const koffi = createRequire(import.meta.url)('koffi')
    return koffi.load('libc.so.6').func('int fallocate(int fd, int mode, int64_t offset, int64_t len)') as Fallocate
  } catch {
    // Another C library, or a platform koffi is not built for.
    return 'missing'
  }
}
