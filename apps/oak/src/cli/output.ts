import pc from 'picocolors'

/** Where a command writes: results for programs and pipes, talk for the person who waits. */
export interface Output {
  /** One line of result, to standard output. */
  result(line: string): void
  /** One line of talk, to standard error. */
  talk(line: string): void
  /** Overwrites the last line of talk; only where `interactive`. */
  redraw(line: string): void
  /** Resolves when a slow reader of the results has caught up: what prints without end waits for it. */
  drained(): Promise<void>
  /** True when talk goes to a terminal that can be redrawn. */
  readonly interactive: boolean
  /** Colours for results. Plain when the output is no terminal or `NO_COLOR` is set. */
  readonly paint: Paint
  /** Colours for talk. */
  readonly paintTalk: Paint
}

export type Paint = ReturnType<typeof pc.createColors>

export interface OutputStreams {
  readonly stdout: {
    write(text: string): unknown
    readonly isTTY?: boolean
    readonly writableNeedDrain?: boolean
    once?(event: 'drain', listener: () => void): unknown
  }
  readonly stderr: { write(text: string): unknown; readonly isTTY?: boolean; readonly columns?: number }
}

/** Output to two streams, by the rules of https://no-color.org. */
export function createOutput(streams: OutputStreams, env: Readonly<Record<string, string | undefined>>, plain: boolean): Output {
  const { stdout } = streams
  const colourful = (isTty: boolean | undefined) =>
    !plain && !env['NO_COLOR'] && env['TERM'] !== 'dumb' && (isTty === true || Boolean(env['FORCE_COLOR']))
  const width = () => (streams.stderr.columns ?? 80) - 1
  return {
    result: (line) => void stdout.write(`${line}\n`),
    talk: (line) => void streams.stderr.write(`${line}\n`),
    redraw: (line) => void streams.stderr.write(`\r\u001b[2K${line.slice(0, width())}`),
    drained: () => new Promise((resolve) => (stdout.writableNeedDrain && stdout.once ? stdout.once('drain', resolve) : resolve())),
    interactive: streams.stderr.isTTY === true && env['TERM'] !== 'dumb' && !env['CI'],
    paint: pc.createColors(colourful(stdout.isTTY)),
    paintTalk: pc.createColors(colourful(streams.stderr.isTTY)),
  }
}

/** Terminals obey control characters; what others wrote must not command the reader's. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding control characters is the purpose
  return text.replaceAll(/[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/g, '')
}
