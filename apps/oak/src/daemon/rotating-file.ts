import { closeSync, existsSync, fstatSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'

export interface RotationLimits {
  /** A file that would grow past this is put aside. */
  readonly fileBytesMax: number
  /** Files kept besides the one being written. */
  readonly oldFilesMax: number
}

/** A week of a quiet machine, minutes of a failing one; 40 MB at most stays on the disk. */
export const LOG_LIMITS: RotationLimits = { fileBytesMax: 10 * 1024 * 1024, oldFilesMax: 3 }

export interface RotatingFile extends Disposable {
  write(text: string): void
}

/** Appends to a file and puts it aside as `.1`, `.2`, … before it grows too large. Written synchronously, so that a crash loses nothing. */
export function openRotatingFile(path: string, limits: RotationLimits): RotatingFile {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  let descriptor = openSync(path, 'a', 0o600)
  let size = fstatSync(descriptor).size
  const rotate = () => {
    closeSync(descriptor)
    for (let number = limits.oldFilesMax; number >= 1; number -= 1) {
      const from = number === 1 ? path : `${path}.${number - 1}`
      if (existsSync(from)) renameSync(from, `${path}.${number}`)
    }
    descriptor = openSync(path, 'w', 0o600)
    size = 0
  }
  return {
    write: (text) => {
      const bytes = Buffer.from(text)
      if (size > 0 && size + bytes.length > limits.fileBytesMax) rotate()
      // A full disk must not stop the machine's workloads for the sake of a log line.
      try {
        size += writeSync(descriptor, bytes)
      } catch {
        return
      }
    },
    [Symbol.dispose]: () => closeSync(descriptor),
  }
}
