import { describe, expect, test } from 'vitest'
import type { Runtime, Workload } from './runtime.ts'
import { joinRuntimes, runtimeFor, runtimesOf } from './runtimes.ts'

/** A runtime that has some workloads, and says what it was asked to do. */
function stub(name: string, virtualizations: readonly string[], ids: readonly string[], asked: string[] = []): Runtime {
  const workload = (id: string): Workload => ({ id, revision: 1, state: { state: 'created' } })
  return {
    name,
    virtualizations,
    check: async () => ({ version: `${name} 1` }),
    ensureImage: async (image) => void asked.push(`${name} image ${image}`),
    list: async () => ids.map(workload),
    get: async (id) => (ids.includes(id) ? workload(id) : undefined),
    start: async (spec) => workload(spec.id),
    stop: async (id) => void asked.push(`${name} stop ${id}`),
    remove: async (id) => void asked.push(`${name} remove ${id}`),
    exec: async () => ({ exitCode: 0, output: name }),
    usage: async () => new Map(ids.map((id) => [id, { cpuPercent: 0, memoryBytes: 1, diskBytes: 0 }])),
    onChange: (listener) => {
      listener(name)
      return () => void asked.push(`${name} deaf`)
    },
    [Symbol.asyncDispose]: async () => undefined,
  }
}

describe('several runtimes', () => {
  const asked: string[] = []
  const containers = stub('containers', ['container'], ['a'], asked)
  const guests = stub('guests', ['unikernel'], ['b'], asked)
  const both = joinRuntimes(containers, guests)

  test('are chosen by the word of a descriptor, which one of them must offer', () => {
    expect(runtimeFor(both, 'unikernel')).toBe(guests)
    expect(runtimeFor(both, 'container')).toBe(containers)
    expect(() => runtimeFor(both, 'wasm')).toThrow('this node does not offer wasm now: it offers container, unikernel')
    expect(runtimesOf(both)).toEqual([containers, guests])
  })

  test('know the workloads of each', async () => {
    expect((await both.list()).map(({ id }) => id)).toEqual(['a', 'b'])
    expect(await both.get('b')).toMatchObject({ id: 'b' })
    expect(await both.get('c')).toBeUndefined()
    expect([...(await both.usage()).keys()]).toEqual(['a', 'b'])
    expect(await both.exec('b', { command: [], timeoutMs: 1 })).toMatchObject({ output: 'guests' })
  })

  test('all remove what has an id: it may have been of another kind before', async () => {
    asked.length = 0
    await both.remove('a')
    expect(asked).toEqual(['containers remove a', 'guests remove a'])
  })

  test('all are listened to', () => {
    asked.length = 0
    const heard: string[] = []
    both.onChange((id) => heard.push(id))()
    expect(heard).toEqual(['containers', 'guests'])
    expect(asked).toEqual(['containers deaf', 'guests deaf'])
  })

  test('are not made of one', () => {
    expect(joinRuntimes(containers)).toBe(containers)
    expect(runtimesOf(containers)).toEqual([containers])
  })
})
