import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { runJobs } from './pool.ts'
import { renderFailure, renderSummary } from './render.ts'
import type { Campaign, SimulationOptions } from './simulate.ts'
import { type Job, type JobResult, work } from './worker.ts'

/*
 * Plays seeds of the simulator. docs/simulator.md says what they mean.
 *   npm run simulate -- --seeds 1000 --faults 200        many seeds, on every core
 *   npm run simulate -- --seed 123 --faults 200 --trace  one of them again, with everything that happens
 */

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string', default: '100' },
    from: { type: 'string', default: '1' },
    faults: { type: 'string', default: '100' },
    size: { type: 'string', default: 'medium' },
    campaign: { type: 'string', default: 'all' },
    cases: { type: 'string' },
    only: { type: 'string' },
    trace: { type: 'boolean', default: false },
    'no-shrink': { type: 'boolean', default: false },
    jobs: { type: 'string', default: String(availableParallelism()) },
  },
})

const SIZE_WORDS = ['small', 'medium', 'large'] as const
const CAMPAIGN_WORDS = ['all', 'partitions', 'backups', 'restarts'] as const

function oneOf<T extends string>(words: readonly T[], value: string, what: string): T {
  const found = words.find((word) => word === value)
  if (found === undefined) throw new Error(`${what} is one of ${words.join(', ')}, not ${value}`)
  return found
}

function whole(value: string, what: string): number {
  const number = Number(value)
  if (!Number.isSafeInteger(number) || number < 0) throw new Error(`${what} is a whole number, not ${value}`)
  return number
}

const campaign: Campaign = oneOf(CAMPAIGN_WORDS, values.campaign, '--campaign')
const shared = {
  // A case of the campaign of partitions is short: few changes, a few cuts.
  faults: campaign === 'partitions' && values.faults === '100' ? 12 : whole(values.faults, '--faults'),
  size: oneOf(SIZE_WORDS, values.size, '--size'),
  campaign,
}
const isToBeShrunk = !values['no-shrink']

async function playOne(seed: number): Promise<boolean> {
  const only = values.only?.split(',').map((place) => whole(place, '--only'))
  const options: SimulationOptions = { ...shared, seed, keepTrace: values.trace, ...(only && { only }) }
  const done = await work({ options, isToBeShrunk: isToBeShrunk && !values.trace })
  if (values.trace) process.stdout.write(`${done.result.trace.join('\n')}\n`)
  tell(options, done)
  return done.result.failures.length === 0
}

function tell(options: SimulationOptions, done: JobResult): void {
  process.stdout.write(done.result.failures.length > 0 ? renderFailure(options, done) : renderSummary([done.result]))
}

async function playMany(): Promise<boolean> {
  const from = whole(values.from, '--from')
  const count = whole(values.cases ?? values.seeds, '--seeds')
  const jobs: Job[] = Array.from({ length: count }, (_, index) => ({ options: { ...shared, seed: from + index }, isToBeShrunk }))
  const results: JobResult['result'][] = []
  const failed: number[] = []
  const onDone = (job: Job, answer: { readonly result: JobResult } | { readonly error: string }) => {
    if ('error' in answer) process.stdout.write(`seed ${job.options.seed}: ${answer.error}\n`)
    else results.push(answer.result.result)
    const isBad = 'error' in answer || answer.result.result.failures.length > 0
    if (isBad) failed.push(job.options.seed)
    if (isBad && 'result' in answer) tell(job.options, answer.result)
    if (process.stderr.isTTY) process.stderr.write(`\r${results.length} of ${count}, ${failed.length} failed `)
  }
  await runJobs(jobs, { processes: whole(values.jobs, '--jobs'), onDone })
  process.stdout.write(`${renderSummary(results)}${failed.length > 0 ? `failed seeds: ${failed.sort((a, b) => a - b).join(' ')}\n` : ''}`)
  return failed.length === 0
}

const isGood = values.seed === undefined ? await playMany() : await playOne(whole(values.seed, '--seed'))
process.exitCode = isGood ? 0 : 1
