import { VirtualClock } from '@oakestra/base/testing'
import { expect, test } from 'vitest'
import type { WorkloadSpec } from '../runtime.ts'
import { type Behaviour, describeRuntimeContract, type RuntimeUnderTest } from '../testing/runtime-contract.ts'
import { FakeMachine } from './fake-machine.ts'
import { createFakeRuntime } from './fake-runtime.ts'

function sampleSpec(id: string, image: string): WorkloadSpec {
  const common = { labels: {}, command: [], environment: [], hostname: id, limits: {}, privileged: false, mounts: [] }
  return { id, revision: 1, image, netnsPath: '/fake', stdoutPath: '/fake', stderrPath: '/fake', ...common }
}

function imageOf(behaviour: Behaviour): string {
  return behaviour.kind === 'exit' ? `fake://exit?code=${behaviour.code}` : `fake://${behaviour.kind}`
}

/** A machine whose time passes by itself. */
async function createMachine(): Promise<RuntimeUnderTest> {
  const machine = new FakeMachine()
  const clock = new VirtualClock()
  machine.answerExec = (_id, [code, text]) => (code === 'hang' ? 'hang' : { exitCode: Number(code), output: `${text}\n` })
  const ticking = setInterval(() => void clock.advance(100), 1)
  return {
    runtime: async () => createFakeRuntime({ machine, clock }),
    spec: async (id, behaviour) => sampleSpec(id, imageOf(behaviour)),
    command: (behaviour) => (behaviour.kind === 'hang' ? ['hang'] : [String(behaviour.code), behaviour.text]),
    missingImage: 'fake://missing',
    [Symbol.asyncDispose]: async () => clearInterval(ticking),
  }
}

describeRuntimeContract('the fake runtime', createMachine)

test('a fault that is asked for is met, and nothing of the act happens', async () => {
  const machine = new FakeMachine()
  const runtime = createFakeRuntime({ machine, clock: new VirtualClock() })
  machine.images.add('fake://run')
  machine.beforeAct = (act) => {
    if (act === 'start') throw new Error('no')
  }
  await expect(runtime.start(sampleSpec('one', 'fake://run'))).rejects.toThrow('no')
  expect(machine.starts).toEqual([])
})

test('an exit that was due to an earlier process does not meet the next', async () => {
  const machine = new FakeMachine()
  const clock = new VirtualClock()
  const runtime = createFakeRuntime({ machine, clock })
  for (const image of ['fake://exit?after=1000', 'fake://run']) machine.images.add(image)
  await runtime.start(sampleSpec('one', 'fake://exit?after=1000'))
  await runtime.remove('one')
  await runtime.start(sampleSpec('one', 'fake://run'))
  await clock.advance(2000)
  expect(machine.running()).toEqual(['one'])
})
