import { parseArgs } from 'node:util'
import { seededRandom } from '@oakestra/base/testing'
import { fuzz } from './fuzz.ts'

/*
 * Sends the API requests that nobody means well with, and tells what it should not have answered.
 *   npm run fuzz -- --requests 100000 --seed 1
 * Run with NODE_OPTIONS=--expose-gc it compares the memory before and after as well.
 */

/** Of one root: afterwards the next one begins from scratch, which also shows what a root leaves behind. */
const ROUND = 5_000
/** What a warm program may have more than a cold one. */
const GROWTH_MAX_MIB = 40

const { values } = parseArgs({ options: { requests: { type: 'string', default: '100000' }, seed: { type: 'string', default: '1' } } })
const requests = Number(values.requests)
const seed = Number(values.seed)
if (!Number.isSafeInteger(requests) || !Number.isSafeInteger(seed) || requests < 1)
  throw new Error('--requests and --seed are whole numbers')

const heapMiB = () => {
  globalThis.gc?.()
  return Math.round(process.memoryUsage().heapUsed / 2 ** 20)
}

const unhandled: unknown[] = []
process.on('unhandledRejection', (reason) => unhandled.push(reason))

let firstMiB: number | undefined
let failed = 0
const statuses: Record<string, number> = {}
for (let done = 0; done < requests; done += ROUND) {
  const round = seed + done / ROUND
  const report = await fuzz({ requests: Math.min(ROUND, requests - done), random: seededRandom(round) })
  for (const { number, request, reason } of report.failures)
    process.stdout.write(`seed ${round}, request ${number}: ${reason}\n  ${request}\n`)
  failed += report.failures.length
  for (const [status, count] of Object.entries(report.statuses)) statuses[status] = (statuses[status] ?? 0) + count
  firstMiB ??= heapMiB()
}
const growthMiB = heapMiB() - (firstMiB ?? 0)
process.stdout.write(`${JSON.stringify({ requests, seed, failed, statuses, unhandled: unhandled.length, growthMiB })}\n`)
for (const reason of unhandled.slice(0, 5)) process.stdout.write(`nobody caught: ${String(reason)}\n`)
const leaks = globalThis.gc !== undefined && growthMiB > GROWTH_MAX_MIB
if (failed > 0 || unhandled.length > 0 || leaks) process.exitCode = 1
