import { parseArgs } from 'node:util'
import { runCampaign } from '../packages/net/src/testing/kernel-campaign.ts'
import { TestMachine, whyNoMachine } from '../packages/net/src/testing/test-machine.ts'

/**
 * Ends and starts an agent's network a hundred times while a thousand instances come and go, and compares what is in the kernel before
 * and after: a JSON line on stdout, progress on stderr, exit code 1 when something was left. Needs root. What a cycle does follows from
 * its number, so `--from` goes on where a campaign was ended.
 * Run with `node --import tsx bench/overlay-campaign.ts [--restarts 100] [--cycles 1000] [--from 0] [--minutes 30]`.
 */
const { values } = parseArgs({
  options: {
    restarts: { type: 'string', default: '100' },
    cycles: { type: 'string', default: '1000' },
    from: { type: 'string', default: '0' },
    minutes: { type: 'string', default: '30' },
  },
})

const CYCLES_PER_LINE = 50
const DIFFERENCES_SHOWN = 20

/** What one text has that the other has not, by lines. */
function differences(before: string, after: string): readonly string[] {
  const [had, has] = [new Set(before.split('\n')), new Set(after.split('\n'))]
  const lost = [...had].filter((line) => !has.has(line)).map((line) => `gone: ${line}`)
  const left = [...has].filter((line) => !had.has(line)).map((line) => `left: ${line}`)
  return [...left, ...lost].slice(0, DIFFERENCES_SHOWN)
}

async function main(): Promise<void> {
  const why = whyNoMachine()
  if (why) throw new Error(`cannot do this here: ${why}`)
  const [restarts, cycles, first] = [Number(values.restarts), Number(values.cycles), Number(values.from)]
  await using machine = await TestMachine.create('campaign')
  const startMs = performance.now()
  const untilMs = startMs + Number(values.minutes) * 60_000
  const onCycle = (done: { readonly restarts: number; readonly cycles: number }) => {
    const seconds = (performance.now() - startMs) / 1_000
    if (done.cycles % CYCLES_PER_LINE === 0)
      process.stderr.write(`${done.cycles} of ${cycles} cycles, ${done.restarts} restarts, ${seconds.toFixed(0)} s\n`)
    return performance.now() < untilMs
  }
  const { bare, before, after, cleared, done } = await runCampaign(machine, 'ca3fb', { restarts, cycles, first, onCycle })
  const isSame = before === after && bare === cleared
  const found = [...differences(before, after), ...differences(bare, cleared)]
  const ms = performance.now() - startMs
  process.stdout.write(
    `${JSON.stringify({ bench: 'overlay-campaign', first, ...done, isWhole: done.cycles === cycles, ms, isSame, found })}\n`,
  )
  if (!isSame) process.exitCode = 1
}

await main()
