import { describe } from 'vitest'
import { createQemuMachine, qemuMissing, tinyTask } from '../testing/qemu-machine.ts'
import { describeRuntimeContract } from '../testing/runtime-contract.ts'

const missing = qemuMissing()
if (missing) console.warn(`skipped: guests on QEMU (${missing})`)

describe.skipIf(missing)('QEMU', () => {
  describeRuntimeContract('QEMU', async () => {
    const machine = await createQemuMachine()
    return {
      runtime: () => machine.runtime(),
      spec: async (id, behaviour) => machine.spec(id, await machine.tinyImage(tinyTask(behaviour))),
      missingImage: `file://${machine.dir}/nobody-has-this.tar.gz`,
      [Symbol.asyncDispose]: () => machine[Symbol.asyncDispose](),
    }
  })
})
