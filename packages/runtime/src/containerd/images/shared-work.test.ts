import { expect, test } from 'vitest'
import { SharedWork } from './shared-work.ts'

const nothing = () => undefined

/** Work that ends when told to. */
function controlled() {
  const runs: {
    resolve: (value: string) => void
    reject: (error: Error) => void
    tell: (progress: number) => void
    signal: AbortSignal
  }[] = []
  const work = new SharedWork<number, string>(
    (_, tell, signal) => new Promise((resolve, reject) => void runs.push({ resolve, reject, tell, signal })),
  )
  return { work, runs }
}

const settled = () => new Promise((resolve) => setImmediate(resolve))

test('several share one run and its progress, latecomers too', async () => {
  const { work, runs } = controlled()
  const heard: number[] = []
  const first = work.join('a', (progress) => heard.push(progress))
  await settled()
  runs[0]?.tell(1)
  const second = work.join('a', (progress) => heard.push(progress * 10))
  runs[0]?.tell(2)
  runs[0]?.resolve('done')
  expect(await Promise.all([first, second])).toEqual(['done', 'done'])
  expect(heard).toEqual([1, 10, 2, 20])
  expect(runs).toHaveLength(1)
})

test('another key is another run, and so is the next time', async () => {
  const { work, runs } = controlled()
  const both = [work.join('a', nothing), work.join('b', nothing)]
  await settled()
  for (const run of runs) run.resolve('done')
  await Promise.all(both)
  const again = work.join('a', nothing)
  await settled()
  runs[2]?.resolve('again')
  expect(await again).toBe('again')
})

test('a failure reaches all, and the next one tries again', async () => {
  const { work, runs } = controlled()
  const both = Promise.allSettled([work.join('a', nothing), work.join('a', nothing)])
  await settled()
  runs[0]?.reject(new Error('no'))
  expect((await both).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  void work.join('a', nothing)
  await settled()
  expect(runs).toHaveLength(2)
})

test('the work ends when the last one left, not before', async () => {
  const { work, runs } = controlled()
  const aborts = [new AbortController(), new AbortController()]
  const joined = Promise.allSettled(aborts.map(({ signal }) => work.join('a', nothing, signal)))
  await settled()
  aborts[0]?.abort()
  await settled()
  expect(runs[0]?.signal.aborted).toBe(false)
  aborts[1]?.abort()
  await joined
  expect(runs[0]?.signal.aborted).toBe(true)
})
