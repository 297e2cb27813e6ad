import type { LogFields, Logger } from '@oakestra/base'
import { type Logger as Pino, pino } from 'pino'
import type { OakConfig } from '../config.ts'
import { redact } from './redact.ts'

export interface LineSink {
  write(line: string): void
}

/** The logger of a daemon: JSON lines with time, level, message and fields, free of secrets. */
export function createLogger(level: OakConfig['log']['level'], sink: LineSink): Logger {
  const options = {
    level,
    base: null,
    // Errors are plain data by now; pino's own serializer would cut them down to three fields.
    serializers: { err: (value: unknown) => value },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  }
  return wrap(pino(options, sink))
}

function wrap(target: Pino): Logger {
  const write = (level: 'error' | 'warn' | 'info' | 'debug') => (message: string, fields?: LogFields) => {
    // Redacting costs more than the check, and most debug lines are never written.
    if (target.isLevelEnabled(level)) target[level](redact(fields ?? {}), message)
  }
  return {
    error: write('error'),
    warn: write('warn'),
    info: write('info'),
    debug: write('debug'),
    child: (fields) => wrap(target.child(redact(fields) as Record<string, unknown>)),
  }
}

/** Turns JSON lines into lines for eyes: `20:45:03 info  message key=value`. */
export function readableSink(print: (line: string) => void): LineSink {
  return { write: (text) => print(readableLine(text)) }
}

function readableLine(text: string): string {
  const { time, level, msg, ...fields } = JSON.parse(text) as Record<string, unknown>
  const clock = String(time).slice(11, 19)
  const rest = Object.entries(fields).map(([key, value]) => `${key}=${fieldText(value)}`)
  return [clock, String(level).padEnd(5), msg, ...rest].join(' ')
}

function fieldText(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value)
  if ('message' in value && 'name' in value) return JSON.stringify(value.message)
  return JSON.stringify(value)
}
