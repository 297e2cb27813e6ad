import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { cpuSeconds, memoryMb } from './one-machine.ts'

/** One start of one guest. */
export interface GuestRound {
  /** From the start to the first answer over HTTP. */
  readonly ms: number
  /** Processor time of its QEMU until then: says what there was to do, also on a busy machine. */
  readonly cpuMs: number
  /** Of its QEMU, at that moment. */
  readonly rssMb: number
  /** Parts of it, in milliseconds; what they do not add up to is the guest's. */
  readonly phases?: Readonly<Record<string, number>>
}

/** Who asks a URL until there is an answer, and is ready to. Without a namespace, on this machine itself. */
async function prober(url: string, netns?: string): Promise<{ readonly answered: Promise<void> }> {
  const command = [process.execPath, '--import', 'tsx', join(import.meta.dirname, 'first-answer.ts'), url]
  const [program = '', ...args] = netns === undefined ? command : ['nsenter', `--net=/run/netns/${netns}`, ...command]
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const says = (word: string) =>
    new Promise<void>((resolve) => child.stdout.on('data', (piece: Buffer) => piece.toString().includes(word) && resolve()))
  const answered = says('answered')
  await says('ready')
  return { answered }
}

/** A guest that was started, or is about to be. */
interface Started {
  /** Of its QEMU. */
  readonly pid: number
  readonly phases?: GuestRound['phases']
  /** When it began, where that was later than the call. */
  readonly startMs?: number
}

export async function measured(url: string, netns: string | undefined, start: () => Promise<Started>): Promise<GuestRound> {
  const { answered } = await prober(url, netns)
  const calledMs = performance.now()
  const { pid, phases, startMs = calledMs } = await start()
  await answered
  return { ms: performance.now() - startMs, cpuMs: cpuSeconds(pid) * 1_000, rssMb: memoryMb(pid, 'VmRSS'), ...(phases && { phases }) }
}
