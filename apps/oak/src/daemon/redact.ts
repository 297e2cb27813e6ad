// Keys whose values may be secrets, wherever they occur in what is logged.
const SECRET_KEY = /pass(word|wd)?$|secret|token|authorization|cookie|credential|private_?key|^env(ironment)?$/i

// Deeper than any field we log; bounds what a cyclic or huge object costs.
const DEPTH_MAX = 6
const ENTRIES_MAX = 100

/** A copy of log fields in which secrets and environments are replaced and errors are plain data. */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value !== 'object' || value === null) return typeof value === 'bigint' ? value.toString() : value
  if (depth >= DEPTH_MAX) return '[deep]'
  if (value instanceof Error) return redactError(value, depth)
  if (Array.isArray(value)) return value.slice(0, ENTRIES_MAX).map((entry) => redact(entry, depth + 1))
  const entries = Object.entries(value).slice(0, ENTRIES_MAX)
  return Object.fromEntries(entries.map(([key, entry]) => [key, SECRET_KEY.test(key) ? '[redacted]' : redact(entry, depth + 1)]))
}

/** The whole chain of causes: the outer layers say what was being done, the inner ones why it failed. */
function redactError(error: Error, depth: number): unknown {
  const { name, message, stack, cause } = error
  const code = 'code' in error ? error.code : undefined
  const details = 'details' in error ? redact(error.details, depth + 1) : undefined
  return {
    name,
    message,
    ...(code !== undefined && { code }),
    ...(details !== undefined && { details }),
    // Frames of the outermost error suffice to find the place; those of its causes only make the line long.
    ...(depth <= 1 && stack !== undefined && { stack }),
    ...(cause !== undefined && { cause: redact(cause, depth + 1) }),
  }
}
