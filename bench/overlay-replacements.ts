import { parseArgs } from 'node:util'
import { ReplacementBed } from '../e2e/support/replacement-bed.ts'
import { missingRights } from '../e2e/support/rights.ts'

/**
 * Replaces the instances of a service two hundred times, in place and from one cluster to another, while clients on two nodes make new
 * connections to its round robin address: a JSON line on stdout, exit code 1 when one connection failed. Needs root and a build.
 * Run with `npm run build && node --import tsx bench/overlay-replacements.ts [--replacements 200] [--loops 4]`.
 */
const { values: options } = parseArgs({
  options: { replacements: { type: 'string', default: '200' }, loops: { type: 'string', default: '4' } },
})

async function main(): Promise<void> {
  const why = missingRights()
  if (why) throw new Error(`cannot do this here: ${why}`)
  await using bed = await ReplacementBed.open()
  const startMs = performance.now()
  const { updates, moves, loads } = await bed.replace(Number(options.replacements), Number(options.loops))
  const ms = Math.round(performance.now() - startMs)
  process.stdout.write(`${JSON.stringify({ bench: 'overlay-replacements', updates, moves, ms, loads })}\n`)
  if (Object.values(loads).some(({ failures }) => failures.length > 0)) process.exitCode = 1
}

await main()
