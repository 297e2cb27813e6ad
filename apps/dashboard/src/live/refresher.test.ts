import { VirtualClock } from '@oakestra/base/testing'
import { expect, it } from 'vitest'
import { Refresher } from './refresher.ts'

const settle = () => new Promise((resolve) => setImmediate(resolve))

it('reads again what became old while it was read, once, however often that happened', async () => {
  const clock = new VirtualClock()
  const answers: (() => void)[] = []
  const refresher = new Refresher(() => new Promise<void>((resolve) => answers.push(resolve)), clock)
  for (let count = 0; count < 10; count += 1) refresher.refresh(['services'])
  expect(answers).toHaveLength(1)
  answers[0]?.()
  await settle()
  await clock.advance(300)
  await settle()
  expect(answers).toHaveLength(2)
  answers[1]?.()
  await settle()
  await clock.advance(1_000)
  await settle()
  expect(answers).toHaveLength(2)
})

it('goes on after a reading that failed', async () => {
  const clock = new VirtualClock()
  let count = 0
  const refresher = new Refresher(async () => {
    count += 1
    throw new Error('root is away')
  }, clock)
  refresher.refresh(['nodes'])
  await settle()
  await clock.advance(300)
  await settle()
  refresher.refresh(['nodes'])
  expect(count).toBe(2)
})
