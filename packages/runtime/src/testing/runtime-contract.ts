import { OakError } from '@oakestra/base'
import { until } from '@oakestra/base/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ImageProgress, Runtime, Workload, WorkloadSpec } from '../runtime.ts'

/**
 * What a workload shall do: `run` until it is asked to end, and then end · `stubborn` until it is made to end ·
 * `exit` with a code · `oom` use more memory than it may.
 */
export type Behaviour =
  | { readonly kind: 'run' }
  | { readonly kind: 'stubborn' }
  | { readonly kind: 'exit'; readonly code: number }
  | { readonly kind: 'oom' }

/** What a command inside a workload shall do: print a text and exit with a code, or hang. */
export type CommandBehaviour = { readonly kind: 'print'; readonly text: string; readonly code: number } | { readonly kind: 'hang' }

/** One machine for one test. */
export interface RuntimeUnderTest extends AsyncDisposable {
  /** A runtime on the machine, as an agent makes it when it starts; several are one agent after another. */
  runtime(): Promise<Runtime>
  /** A workload on an image that can be had. */
  spec(id: string, behaviour: Behaviour): Promise<WorkloadSpec>
  /** A command for `exec`. Absent: there is nothing in its workloads that could run one. */
  command?(behaviour: CommandBehaviour): readonly string[]
  /** An image that nobody has. */
  readonly missingImage: string
}

const RUN: Behaviour = { kind: 'run' }
const GRACE_MS = 30_000
const nothing = () => undefined

/** What every `Runtime` keeps to, whatever runs the workloads. */
export function describeRuntimeContract(name: string, createMachine: () => Promise<RuntimeUnderTest>): void {
  describe(`${name} keeps the contract of a runtime`, () => {
    let machine: RuntimeUnderTest
    let runtime: Runtime
    beforeEach(async () => {
      machine = await createMachine()
      runtime = await machine.runtime()
    })
    afterEach(async () => {
      await runtime?.[Symbol.asyncDispose]()
      await machine?.[Symbol.asyncDispose]()
    })

    /** As when the agent ends and is started again. */
    async function restartAgent(): Promise<void> {
      await runtime[Symbol.asyncDispose]()
      runtime = await machine.runtime()
    }

    async function start(id: string, behaviour: Behaviour, changes: Partial<WorkloadSpec> = {}): Promise<Workload> {
      const spec = { ...(await machine.spec(id, behaviour)), ...changes }
      await runtime.ensureImage(spec.image, nothing)
      return runtime.start(spec)
    }

    const exited = (id: string) =>
      until(`${id} has exited`, async () => {
        const state = (await runtime.get(id))?.state
        return state?.state === 'exited' && state
      })

    test('is named, can be asked for, and says its version', async () => {
      expect(runtime.name).not.toBe('')
      expect(runtime.virtualizations.length).toBeGreaterThan(0)
      expect((await runtime.check()).version).not.toBe('')
    })

    test('has nothing at first', async () => {
      expect(await runtime.list()).toEqual([])
      expect(await runtime.get('one')).toBeUndefined()
      expect(await runtime.usage()).toEqual(new Map())
    })

    describe('images', () => {
      test('are made present, and found present', async () => {
        const { image } = await machine.spec('one', RUN)
        const progress: ImageProgress[] = []
        await runtime.ensureImage(image, (step) => progress.push(step))
        expect(progress.length).toBeGreaterThan(0)
        progress.length = 0
        await restartAgent()
        await runtime.ensureImage(image, (step) => progress.push(step))
        expect(progress).toEqual([])
      })

      test('may be asked for by several at once', async () => {
        const { image } = await machine.spec('one', RUN)
        await Promise.all(Array.from({ length: 5 }, () => runtime.ensureImage(image, nothing)))
        await start('one', RUN)
      })

      test('that do not exist are refused for good', async () => {
        await expect(runtime.ensureImage(machine.missingImage, nothing)).rejects.toMatchObject({
          code: 'image-not-found',
          retryable: false,
        })
      })

      test('are needed before a start', async () => {
        const spec = { ...(await machine.spec('one', RUN)), image: machine.missingImage }
        await expect(runtime.start(spec)).rejects.toMatchObject({ code: 'image-not-found' })
        expect(await runtime.list()).toEqual([])
      })

      test('are not fetched for those who called it off', async () => {
        const { image } = await machine.spec('one', RUN)
        await expect(runtime.ensureImage(image, nothing, AbortSignal.abort())).rejects.toMatchObject({ code: 'aborted' })
      })
    })

    describe('a workload', () => {
      test('says how many restarts were asked for before it was started, also to the next agent, and when it has ended', async () => {
        await start('one', { kind: 'exit', code: 0 }, { restartsAsked: 3 })
        await start('two', RUN, { restartsAsked: 4 })
        await exited('one')
        await restartAgent()
        expect(await runtime.get('one')).toMatchObject({ revision: 1, restartsAsked: 3 })
        expect(await runtime.get('two')).toMatchObject({ revision: 1, restartsAsked: 4 })
      })

      test('runs, and is seen to', async () => {
        const workload = await start('one', RUN)
        expect(workload).toEqual({ id: 'one', revision: 1, state: { state: 'running', pid: expect.any(Number) } })
        expect(await runtime.get('one')).toEqual(workload)
        expect(await runtime.list()).toEqual([workload])
      })

      test('is left alone when it is started again', async () => {
        const workload = await start('one', RUN)
        expect(await start('one', RUN)).toEqual(workload)
      })

      test('of another revision is not taken for it', async () => {
        const workload = await start('one', RUN)
        await expect(start('one', RUN, { revision: 2 })).rejects.toMatchObject({ code: 'conflict' })
        expect(await runtime.get('one')).toEqual(workload)
      })

      test('runs on while the agent is away, as the same process', async () => {
        const workload = await start('one', RUN)
        await restartAgent()
        expect(await runtime.list()).toEqual([workload])
        expect(await start('one', RUN)).toEqual(workload)
      })

      test.each([0, 3, 255])('that exits with %i is kept with its exit, also over a restart of the agent', async (code) => {
        await start('one', { kind: 'exit', code })
        const state = await exited('one')
        expect(state).toEqual({ state: 'exited', exitCode: code, outOfMemory: false, finishedAtMs: expect.any(Number) })
        await restartAgent()
        expect((await runtime.get('one'))?.state).toEqual(state)
        expect(await runtime.list()).toEqual([{ id: 'one', revision: 1, state }])
      })

      test('that exited can be started anew, in another revision too', async () => {
        await start('one', { kind: 'exit', code: 1 })
        await exited('one')
        const again = await start('one', RUN, { revision: 2 })
        expect(again).toMatchObject({ revision: 2, state: { state: 'running' } })
        expect(await runtime.list()).toEqual([again])
      })

      test('that used too much memory is said to have', async () => {
        await start('one', { kind: 'oom' })
        expect(await exited('one')).toMatchObject({ exitCode: 137, outOfMemory: true })
      })

      test('that ends by itself is announced', async () => {
        const changed = new Set<string>()
        const unsubscribe = runtime.onChange((id) => changed.add(id))
        await start('one', { kind: 'exit', code: 1 })
        await until('the change is announced', () => changed.has('one'))
        unsubscribe()
      })

      test('uses something while it runs', async () => {
        await start('one', RUN)
        await start('two', { kind: 'exit', code: 0 })
        await exited('two')
        // A kernel counts memory in batches: a process that just began may show none.
        await until('its use shows', async () => (await runtime.usage()).get('one')?.memoryBytes)
        // Whose end is known may still have its control group.
        await until('nothing else is in use', async () => [...(await runtime.usage()).keys()].join() === 'one')
      })

      test('that was not begun is not made when the caller left', async () => {
        const spec = await machine.spec('one', RUN)
        await runtime.ensureImage(spec.image, nothing)
        await expect(runtime.start(spec, AbortSignal.abort())).rejects.toBeInstanceOf(OakError)
        expect(await runtime.list()).toEqual([])
      })

      test('may be one of many', async () => {
        const ids = ['one', 'two', 'three', 'four']
        await Promise.all(ids.map((id) => start(id, RUN)))
        expect((await runtime.list()).map(({ id }) => id).toSorted()).toEqual(ids.toSorted())
      })
    })

    describe('a command inside a workload', () => {
      const exec = (behaviour: CommandBehaviour, timeoutMs = GRACE_MS) =>
        runtime.exec('one', { command: machine.command?.(behaviour) ?? ['true'], timeoutMs })

      test.each([0, 3])('gives its exit code %i and what it printed, or is refused clearly', async (code) => {
        await start('one', RUN)
        if (!machine.command) return expect(exec({ kind: 'hang' })).rejects.toMatchObject({ code: 'not-supported', retryable: false })
        return expect(await exec({ kind: 'print', text: 'all is well', code })).toEqual({ exitCode: code, output: 'all is well\n' })
      })

      test('is ended when it takes too long, and the workload runs on', async ({ skip }) => {
        if (!machine.command) skip('this runtime runs no commands')
        const workload = await start('one', RUN)
        await expect(exec({ kind: 'hang' }, 300)).rejects.toMatchObject({ code: 'deadline-exceeded' })
        expect(await runtime.get('one')).toEqual(workload)
        await exec({ kind: 'print', text: '', code: 0 })
      })

      test('is not run where nothing runs', async () => {
        await expect(exec({ kind: 'hang' })).rejects.toMatchObject({ code: 'not-found' })
        await start('one', { kind: 'exit', code: 0 })
        await exited('one')
        await expect(exec({ kind: 'hang' })).rejects.toMatchObject({ code: 'not-found' })
      })
    })

    describe('an end', () => {
      test('is asked for, and then has come', async () => {
        await start('one', RUN)
        await runtime.stop('one', { graceMs: GRACE_MS })
        expect((await runtime.get('one'))?.state.state).toBe('exited')
      })

      test('is forced on those who do not listen', async () => {
        await start('one', { kind: 'stubborn' })
        await runtime.stop('one', { graceMs: 200 })
        expect((await runtime.get('one'))?.state).toMatchObject({ state: 'exited', exitCode: 137, outOfMemory: false })
      })

      test('may be asked for twice, and of what is not there', async () => {
        await start('one', RUN)
        await Promise.all([runtime.stop('one', { graceMs: GRACE_MS }), runtime.stop('one', { graceMs: GRACE_MS })])
        await runtime.stop('one', { graceMs: GRACE_MS })
        await runtime.stop('none', { graceMs: GRACE_MS })
      })
    })

    describe('removal', () => {
      test.each([RUN, { kind: 'stubborn' }, { kind: 'exit', code: 1 }] as const)(
        'leaves nothing of a workload that does %j',
        async (behaviour) => {
          await start('one', behaviour)
          if (behaviour.kind === 'exit') await exited('one')
          await runtime.remove('one')
          expect(await runtime.get('one')).toBeUndefined()
          expect(await runtime.list()).toEqual([])
          expect(await runtime.usage()).toEqual(new Map())
        },
      )

      test('may be repeated, at the same time too, and of what is not there', async () => {
        await start('one', RUN)
        await Promise.all([runtime.remove('one'), runtime.remove('one')])
        await runtime.remove('one')
        await runtime.remove('none')
      })

      test('ends a wait for an end', async () => {
        await start('one', { kind: 'stubborn' })
        const stopping = runtime.stop('one', { graceMs: 1_000 })
        await runtime.remove('one')
        await stopping
        expect(await runtime.get('one')).toBeUndefined()
      })

      test('leaves the others', async () => {
        await start('one', RUN)
        const two = await start('two', RUN)
        await runtime.remove('one')
        expect(await runtime.list()).toEqual([two])
      })

      test('makes room for a new one of the same id', async () => {
        const before = await start('one', RUN)
        await runtime.remove('one')
        expect((await start('one', RUN, { revision: 2 })).state).not.toEqual(before.state)
      })
    })
  })
}
