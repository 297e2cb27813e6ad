import { join } from 'node:path'
import { OakError } from '@oakestra/base'

export type StreamName = 'stdout' | 'stderr'
export const STREAMS: readonly StreamName[] = ['stdout', 'stderr']

// It becomes the name of a directory.
const ID_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/
const OUTPUT_PATTERN = /^(\d{10})\.log$/

/** Where one workload's output is kept. */
export interface LogPlaces {
  readonly dir: string
  /** What the runtime appends to. Apart from the rest, so that watching it does not see our own writing. */
  readonly spoolDir: string
  readonly spool: Readonly<Record<StreamName, string>>
  readonly journal: string
}

export function isLogId(id: string): boolean {
  return ID_PATTERN.test(id)
}

/** @throws OakError `bad-request` for an id that could not be a directory's name */
export function logPlaces(keeperDir: string, id: string): LogPlaces {
  if (!isLogId(id)) throw new OakError('bad-request', `'${id}' cannot be the id of a log`)
  const dir = join(keeperDir, id)
  const spoolDir = join(dir, 'spool')
  const spool = { stdout: join(spoolDir, 'stdout'), stderr: join(spoolDir, 'stderr') }
  return { dir, spoolDir, spool, journal: join(dir, 'journal') }
}

/** Output goes into numbered files, each ended when it is long enough. */
export function outputPath(places: LogPlaces, sequence: number): string {
  return join(places.dir, `${String(sequence).padStart(10, '0')}.log`)
}

/** Number of an output file; `undefined` for any other name. */
export function sequenceOf(fileName: string): number | undefined {
  const digits = OUTPUT_PATTERN.exec(fileName)?.[1]
  return digits === undefined ? undefined : Number(digits)
}
