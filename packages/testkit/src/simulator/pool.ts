import type { ChildProcess } from 'node:child_process'
import { forkBeside } from '../fork-beside.ts'
import type { Job, JobResult } from './worker.ts'

type Answer = { readonly result: JobResult } | { readonly error: string }

// A seed takes seconds, and a minute or two when it fails and is shrunk; longer, and the system runs in circles.
const JOB_MAX_MS = 600_000

/** Does all jobs on several processes; tells of each as it is done. */
export async function runJobs(
  jobs: readonly Job[],
  { processes, onDone }: { readonly processes: number; readonly onDone: (job: Job, answer: Answer) => void },
): Promise<void> {
  const queue = [...jobs]
  const serve = async () => {
    let child: ChildProcess | undefined
    for (let job = queue.shift(); job; job = queue.shift()) {
      child = child?.connected ? child : startWorker()
      onDone(job, await ask(child, job))
    }
    child?.kill()
  }
  await Promise.all(Array.from({ length: Math.min(processes, jobs.length) }, serve))
}

function startWorker(): ChildProcess {
  return forkBeside(import.meta.url, 'worker')
}

function ask(child: ChildProcess, job: Job): Promise<Answer> {
  return new Promise((resolve) => {
    const done = (answer: Answer) => {
      clearTimeout(timer)
      child.removeAllListeners('message').removeAllListeners('exit')
      resolve(answer)
    }
    const timer = setTimeout(() => {
      child.kill('SIGKILL')
      done({ error: `nothing came of it within ${JOB_MAX_MS / 1000} s` })
    }, JOB_MAX_MS)
    child.once('message', (answer) => done(answer as Answer))
    child.once('exit', (code, signal) => done({ error: `the process that played it ended (${signal ?? code})` }))
    child.send(job)
  })
}
