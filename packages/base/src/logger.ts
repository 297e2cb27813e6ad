/** Variable parts of a log line. Keys are fixed words: application, service, instance, cluster, node, controller, err. */
export type LogFields = Readonly<Record<string, unknown>>

/**
 * Structured log: a constant message and variable fields.
 * error: a person must act. warn: it is healing. info: a state changed. debug: the rest.
 */
export interface Logger {
  error(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  debug(message: string, fields?: LogFields): void
  /** A logger that adds `fields` to every line. */
  child(fields: LogFields): Logger
}

const nothing = () => undefined

/** Says nothing. */
export const silentLogger: Logger = { error: nothing, warn: nothing, info: nothing, debug: nothing, child: () => silentLogger }
