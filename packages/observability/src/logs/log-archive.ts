import { existsSync } from 'node:fs'
import { linesBackwards } from './backwards.ts'
import { type LogLine, type LogQuery, matches, parseLogLine } from './log-line.ts'

/** Lines looked at for one answer: some seconds of a slow disk. */
const LOOKED_AT_MAX = 500_000

export interface LogPage {
  /** The newest first. */
  readonly lines: readonly LogLine[]
  /** False when there may be more before the last of these lines. */
  readonly isComplete: boolean
}

/** The logs that the daemons of this machine wrote, in files that are put aside as `.1`, `.2`, …; bounded by whoever writes them. */
export class LogArchive {
  readonly #paths: () => readonly string[]

  /** @param paths files being written now; asked at each search, for a role may have started since */
  constructor(paths: () => readonly string[]) {
    this.#paths = paths
  }

  /** Newest lines that match, of all files together. */
  async search(query: LogQuery, limit: number): Promise<LogPage> {
    const found: LogLine[] = []
    let isComplete = true
    for (const path of this.#paths()) {
      const page = await searchOne(path, query, limit)
      found.push(...page.lines)
      isComplete &&= page.isComplete
    }
    const lines = found.sort((a, b) => b.timeMs - a.timeMs)
    return { lines: lines.slice(0, limit), isComplete: isComplete && lines.length <= limit }
  }
}

async function searchOne(path: string, query: LogQuery, limit: number): Promise<LogPage> {
  const lines: LogLine[] = []
  let lookedAt = 0
  for (const file of generations(path)) {
    for await (const text of linesBackwards(file)) {
      const line = parseLogLine(text)
      lookedAt += 1
      if (line && query.sinceMs !== undefined && line.timeMs < query.sinceMs) return { lines, isComplete: true }
      if (line && matches(line, query)) lines.push(line)
      if (lines.length > limit || lookedAt >= LOOKED_AT_MAX) return { lines, isComplete: false }
    }
  }
  return { lines, isComplete: true }
}

/** A file and those that were put aside before it, the newest first. */
function generations(path: string): readonly string[] {
  const files = [path]
  for (let number = 1; existsSync(`${path}.${number}`); number += 1) files.push(`${path}.${number}`)
  return files
}
