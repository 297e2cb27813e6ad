import { describe } from 'vitest'
import { describeNetworkContract } from '../testing/network-contract.ts'
import { TestMachine, whyNoMachine } from '../testing/test-machine.ts'

const why = whyNoMachine()
if (why) console.warn(`SKIPPED: the contract of a network on the real kernel, for ${why}`)

let count = 0
describe.skipIf(why)('on the real kernel', () => {
  describeNetworkContract('the network in the kernel', () => TestMachine.create(`contract${count++}`))
})
