import { parseArgs } from 'node:util'
import { runCampaign } from '../packages/net/src/testing/kernel-campaign.ts'
import { TestMachine, whyNoMachine } from '../packages/net/src/testing/test-machine.ts'

/**
 * Ends and starts an agent's network a hundred times while a thousand instances come and go, and compares what is in the kernel before
 * and after: a JSON line on stdout, exit code 1 when something was left. Needs root.
 * Run with `node --import tsx bench/overlay-campaign.ts [--restarts 100] [--cycles 1000]`.
 */
const { values: options } = parseArgs({
  options: { restarts: { type: 'string', default: '100' }, cycles: { type: 'string', default: '1000' } },
})

async function main(): Promise<void> {
  const why = whyNoMachine()
  if (why) throw new Error(`cannot do this here: ${why}`)
  const [restarts, cycles] = [Number(options.restarts), Number(options.cycles)]
  await using machine = await TestMachine.create('campaign')
  const startMs = performance.now()
  const { bare, before, after, cleared } = await runCampaign(machine, 'ca3fb', { restarts, cycles })
  const isSame = before === after && bare === cleared
  process.stdout.write(`${JSON.stringify({ bench: 'overlay-campaign', restarts, cycles, ms: performance.now() - startMs, isSame })}\n`)
  if (!isSame) process.exitCode = 1
}

await main()
