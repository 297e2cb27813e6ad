import { toOakError } from '@oakestra/base'
import type { Runtime } from '@oakestra/runtime'
import type { ProbeAnswer } from './prober.ts'

export interface CommandProbe {
  readonly instanceId: string
  readonly command: readonly string[]
  readonly timeoutMs: number
}

// A line for people; the whole output is the command's own business.
const OUTPUT_CHARS_SHOWN = 120

/** Runs a command inside the instance: an exit with 0 is good. */
export async function commandProbe(
  runtime: Runtime,
  { instanceId, command, timeoutMs }: CommandProbe,
  signal: AbortSignal,
): Promise<ProbeAnswer> {
  try {
    const { exitCode, output } = await runtime.exec(instanceId, { command, timeoutMs }, signal)
    if (exitCode === 0) return { answer: 'good' }
    const said = firstLine(output)
    return { answer: 'bad', reason: `its command exited with code ${exitCode}${said && `: ${said}`}` }
  } catch (thrown) {
    const { code, message } = toOakError(thrown)
    const isItsOwn = code === 'deadline-exceeded' || code === 'limit-exceeded'
    return { answer: isItsOwn ? 'bad' : 'unknown', reason: message }
  }
}

function firstLine(output: string): string {
  return (output.trim().split('\n')[0] ?? '').slice(0, OUTPUT_CHARS_SHOWN)
}
