import { type Clock, OakError, throwIfAborted } from '@oakestra/base'
import type { Runtime, Workload, WorkloadSpec } from '../runtime.ts'
import { parseFakeImage } from './fake-image.ts'
import type { FakeMachine } from './fake-machine.ts'

export interface FakeRuntimeOptions {
  readonly machine: FakeMachine
  readonly clock: Clock
}

/**
 * A runtime on a machine in memory. What a workload does follows from its image's name, see `parseFakeImage`.
 * It outlives the runtime object, as containers outlive an agent.
 */
export function createFakeRuntime({ machine, clock }: FakeRuntimeOptions): Runtime {
  const act = (what: string, id: string, signal?: AbortSignal) => {
    throwIfAborted(signal)
    machine.beforeAct(what, id)
  }
  return {
    name: 'fake',
    virtualizations: ['container', 'docker'],
    check: async () => ({ version: 'fake' }),
    ensureImage: async (image, onProgress, signal) => {
      act('ensureImage', image, signal)
      if (machine.images.has(image)) return
      const { isMissing, pullMs } = parseFakeImage(image)
      if (isMissing) throw new OakError('image-not-found', `there is no image ${image}`)
      onProgress({ phase: 'downloading', bytesDone: 0 })
      if (pullMs > 0) await clock.sleep(pullMs, signal)
      machine.images.add(image)
    },
    list: async (signal) => {
      act('list', '', signal)
      return [...machine.workloads.values()].map(({ workload }) => workload)
    },
    get: async (id, signal) => {
      act('get', id, signal)
      return machine.workloads.get(id)?.workload
    },
    start: async (spec, signal) => {
      act('start', spec.id, signal)
      return start(machine, clock, spec)
    },
    stop: async (id, { graceMs }, signal) => {
      act('stop', id, signal)
      await stop(machine, clock, id, graceMs)
    },
    remove: async (id, signal) => {
      act('remove', id, signal)
      machine.exit(id, 137, { atMs: clock.wallMs() })
      machine.workloads.delete(id)
    },
    exec: async (id, { command, timeoutMs }, signal) => {
      act('exec', id, signal)
      if (machine.workloads.get(id)?.workload.state.state !== 'running') throw new OakError('not-found', `${id} does not run`)
      const answer = machine.answerExec(id, command)
      if (answer !== 'hang') return answer
      await clock.sleep(timeoutMs, signal)
      throw new OakError('deadline-exceeded', `the command did not end within ${timeoutMs} ms`)
    },
    usage: async () => new Map(machine.running().map((id) => [id, { cpuPercent: 1, memoryBytes: 1_000_000, diskBytes: 4096 }])),
    onChange: (listener) => machine.onChange((id) => void (id.startsWith('log ') || listener(id))),
    [Symbol.asyncDispose]: async () => undefined,
  }
}

function start(machine: FakeMachine, clock: Clock, spec: WorkloadSpec): Workload {
  const known = machine.workloads.get(spec.id)?.workload
  if (known?.state.state === 'running') {
    if (known.revision === spec.revision) return known
    throw new OakError('conflict', `${spec.id} runs another revision`)
  }
  if (!machine.images.has(spec.image)) throw new OakError('image-not-found', `there is no image ${spec.image}`)
  const workload = machine.run(spec)
  const { exit, prints } = parseFakeImage(spec.image)
  if (prints) machine.print(spec.id, 'stdout', prints, clock.wallMs())
  // By then it may have been removed, and another process have its id.
  const isStillIt = () => machine.workloads.get(spec.id)?.workload === workload
  const end = () => exit && isStillIt() && machine.exit(spec.id, exit.code, { outOfMemory: exit.outOfMemory, atMs: clock.wallMs() })
  if (exit) clock.after(exit.afterMs, end)
  return workload
}

async function stop(machine: FakeMachine, clock: Clock, id: string, graceMs: number): Promise<void> {
  const known = machine.workloads.get(id)
  if (known?.workload.state.state !== 'running') return
  const { isStubborn } = parseFakeImage(known.spec.image)
  if (isStubborn) await clock.sleep(graceMs)
  machine.exit(id, isStubborn ? 137 : 143, { atMs: clock.wallMs() })
}
