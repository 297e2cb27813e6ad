/** How a guest ended, and since when that is known. Kept until the guest is removed. */
export interface GuestExit {
  readonly exitCode: number
  readonly outOfMemory: boolean
  readonly finishedAtMs: number
}

/** What is known of an end. */
export interface EndingFacts {
  /** QEMU's words for why it halted: of the event, or of its state when nobody heard the event. */
  readonly cause: 'guest-shutdown' | 'guest-reset' | 'guest-panicked' | 'killed' | 'unknown'
  /** What the guest said on its second serial port. */
  readonly said: string
  /** The last that the console showed. */
  readonly console: string
  /** The kernel ended QEMU itself for want of memory. */
  readonly groupOutOfMemory: boolean
}

const KILLED = 137
/** As of a process that ended itself in despair (128 + SIGABRT). */
const PANICKED = 134
/** A guest that starts anew by itself did not come to a good end, and QEMU does not start it anew. */
const RESET = 1
const CODE = /(?:^|\n)\s*(\d{1,3})\s*$/
// What Linux says when no memory is left for anybody (mm/oom_kill.c).
const LINUX_OUT_OF_MEMORY = /Kernel panic - not syncing: (Out of memory|System is deadlocked on memory)/i

/** The exit that follows from the facts. A code that the guest said itself counts before anything else. Pure. */
export function endingOf({ cause, said, console, groupOutOfMemory }: EndingFacts): Omit<GuestExit, 'finishedAtMs'> {
  if (cause === 'killed') return { exitCode: KILLED, outOfMemory: groupOutOfMemory }
  if (LINUX_OUT_OF_MEMORY.test(console) && cause !== 'guest-shutdown') return { exitCode: KILLED, outOfMemory: true }
  const code = Number(CODE.exec(said)?.[1] ?? Number.NaN)
  if (code <= 255) return { exitCode: code, outOfMemory: false }
  if (cause === 'guest-panicked' || /Kernel panic - not syncing/.test(console)) return { exitCode: PANICKED, outOfMemory: false }
  return { exitCode: cause === 'guest-reset' ? RESET : 0, outOfMemory: false }
}
