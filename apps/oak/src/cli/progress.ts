import type { Clock, Timer } from '@oakestra/base'
import type { Output } from './output.ts'

/** A slow step that people watch. */
export interface Step {
  /** What it is doing now. */
  update(detail: string): void
  /** It worked; `detail` replaces what it was doing last. */
  done(detail?: string): void
  fail(detail?: string): void
}

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']
const FRAME_MS = 100

// A log that grows by one line each ten seconds shows life without becoming long.
const PLAIN_REPEAT_MS = 10_000

/** Shows one step: a spinner with its time on a terminal, plain lines elsewhere. */
export function startStep(output: Output, clock: Clock, title: string): Step {
  return output.interactive ? spinner(output, clock, title) : plainLines(output, clock, title)
}

function spinner(output: Output, clock: Clock, title: string): Step {
  const startedMs = clock.monotonicMs()
  let detail = ''
  let frame = 0
  let timer: Timer | undefined
  const draw = () => {
    frame += 1
    const mark = output.paintTalk.cyan(FRAMES[frame % FRAMES.length] ?? '')
    output.redraw(`${mark} ${line(title, detail)} ${output.paintTalk.dim(elapsed(clock, startedMs))}`)
    timer = clock.after(FRAME_MS, draw)
  }
  const end = (mark: string, text: string | undefined) => {
    timer?.cancel()
    output.redraw('')
    output.talk(`\r${mark} ${line(title, text ?? '')} ${output.paintTalk.dim(elapsed(clock, startedMs))}`)
  }
  draw()
  return {
    update: (text) => void (detail = text),
    done: (text) => end(output.paintTalk.green('✓'), text),
    fail: (text) => end(output.paintTalk.red('✗'), text),
  }
}

function plainLines(output: Output, clock: Clock, title: string): Step {
  const startedMs = clock.monotonicMs()
  let detail = ''
  let timer: Timer | undefined
  const repeat = () => {
    timer = clock.after(PLAIN_REPEAT_MS, () => {
      output.talk(`    ${line(title, detail)} ${elapsed(clock, startedMs)}`)
      repeat()
    })
  }
  const end = (word: string, text: string | undefined) => {
    timer?.cancel()
    output.talk(`${word} ${line(title, text ?? '')} ${elapsed(clock, startedMs)}`)
  }
  output.talk(`... ${title}`)
  repeat()
  return {
    update: (text) => {
      if (text === detail) return
      detail = text
      output.talk(`    ${line(title, detail)} ${elapsed(clock, startedMs)}`)
    },
    done: (text) => end('ok ', text),
    fail: (text) => end('FAILED', text),
  }
}

/** Runs work as a step; an error marks the step as failed and goes on to the caller. */
export async function withStep<T>(output: Output, clock: Clock, title: string, work: (step: Step) => Promise<T>): Promise<T> {
  const step = startStep(output, clock, title)
  try {
    const result = await work(step)
    step.done()
    return result
  } catch (thrown) {
    step.fail()
    throw thrown
  }
}

function line(title: string, detail: string): string {
  return detail ? `${title}: ${detail}` : title
}

function elapsed(clock: Clock, startedMs: number): string {
  const seconds = (clock.monotonicMs() - startedMs) / 1000
  return seconds < 60 ? `(${seconds.toFixed(1)} s)` : `(${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s)`
}
