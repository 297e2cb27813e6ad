import type { LogFields, Logger } from '../logger.ts'

export interface LogLine {
  readonly level: 'error' | 'warn' | 'info' | 'debug'
  readonly message: string
  readonly fields: LogFields
}

/** Keeps every line in memory for assertions. */
export function recordingLogger(lines: LogLine[] = [], bound: LogFields = {}): Logger & { readonly lines: readonly LogLine[] } {
  const record =
    (level: LogLine['level']) =>
    (message: string, fields: LogFields = {}) =>
      void lines.push({ level, message, fields: { ...bound, ...fields } })
  return {
    lines,
    error: record('error'),
    warn: record('warn'),
    info: record('info'),
    debug: record('debug'),
    child: (fields) => recordingLogger(lines, { ...bound, ...fields }),
  }
}
