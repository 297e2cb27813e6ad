import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runCampaign } from '../testing/kernel-campaign.ts'
import { TestMachine, whyNoMachine } from '../testing/test-machine.ts'

const why = whyNoMachine()
if (why) console.warn(`SKIPPED: what restarts and deployments leave in the kernel, for ${why}`)

describe.skipIf(why)('a node that goes on for long', () => {
  let machine: TestMachine

  beforeAll(async () => {
    machine = await TestMachine.create('campaign')
  })
  afterAll(() => machine?.[Symbol.asyncDispose]())

  // A hundred restarts and a thousand cycles: `node --import tsx bench/overlay-campaign.ts`.
  it('leaves the kernel as it was after restarts of the agent and instances that came and went', async () => {
    const { bare, before, after, cleared } = await runCampaign(machine, 'ca3fa', { restarts: 4, cycles: 20 })
    expect(after).toBe(before)
    expect(cleared).toBe(bare)
  })
})
