import { shrink } from './shrink.ts'
import { type SimulationOptions, type SimulationResult, simulate } from './simulate.ts'

export interface Job {
  readonly options: SimulationOptions
  /** Look for the shortest list of faults that still fails. */
  readonly isToBeShrunk: boolean
}

export interface JobResult {
  readonly result: SimulationResult
  /** Places in the plan of the faults that a failure needs. */
  readonly needed?: readonly number[]
}

/** Plays one seed; when it fails, finds out what it needs to fail. */
export async function work({ options, isToBeShrunk }: Job): Promise<JobResult> {
  const result = await simulate(options)
  if (result.failures.length === 0 || !isToBeShrunk) return { result }
  const all = options.only ?? Array.from({ length: options.faults }, (_, index) => index)
  const fails = async (only: readonly number[]) => (await simulate({ ...options, keepTrace: false, only })).failures.length > 0
  const needed = await shrink(all, fails)
  return { result: await simulate({ ...options, only: needed }), needed }
}

// Started as a process of its own: takes jobs and gives results until its parent has no more.
if (process.send) {
  process.on('message', (job: Job) => {
    work(job).then(
      (result) => process.send?.({ result }),
      (thrown: unknown) => process.send?.({ error: thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown) }),
    )
  })
}
