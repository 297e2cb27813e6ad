import { VirtualClock } from '@oakestra/base/testing'
import { describe, expect, it } from 'vitest'
import { Numbering } from './numbering.ts'

function pair() {
  const clock = new VirtualClock()
  const carried: string[] = []
  const sender = new Numbering(clock, (text) => void carried.push(text))
  const receiver = new Numbering(clock, () => undefined)
  const say = (...words: string[]) => {
    for (const body of words) sender.send({ type: 'facts', body })
  }
  return { clock, carried, sender, receiver, say }
}

describe('numbered messages', () => {
  it('come out as they went in', () => {
    const { carried, receiver, say } = pair()
    say('a', 'b')
    expect(carried.map((text) => receiver.take(text))).toEqual([
      { type: 'facts', body: 'a' },
      { type: 'facts', body: 'b' },
    ])
  })

  it('are taken once, however often they come', () => {
    const { carried, receiver, say } = pair()
    say('a', 'b')
    const [a = '', b = ''] = carried
    expect([a, a, b, a, b].map((text) => receiver.take(text)?.type)).toEqual(['facts', undefined, 'facts', undefined, undefined])
  })

  it.each([
    ['lost', (texts: string[]) => texts.slice(1)],
    ['overtaken', (texts: string[]) => texts.toReversed()],
  ])('are not taken when one before them was %s', (_word, travel) => {
    const { carried, receiver, say } = pair()
    say('a', 'b')
    expect(() => travel(carried).map((text) => receiver.take(text))).toThrow('messages 1 to 1 were lost or overtaken on the way')
  })

  it('are missed also when they were the last ones, soon after, and again when that is lost too', async () => {
    const { clock, carried, receiver, say } = pair()
    say('a', 'b')
    receiver.take(carried[0] ?? '')
    await clock.advance(2_000)
    expect(carried).toHaveLength(3)
    expect(() => receiver.take(carried[2] ?? '')).toThrow('messages 2 to 2')
    await clock.advance(30_000)
    expect(carried).toHaveLength(4)
  })

  it('cost one more message per burst, and next to nothing while there is nothing to say', async () => {
    const { clock, carried, receiver, sender, say } = pair()
    for (let count = 0; count < 100; count += 1) {
      say('x')
      await clock.advance(10)
    }
    await clock.advance(1_500)
    expect(carried).toHaveLength(101)
    for (const text of carried) receiver.take(text)
    sender.close()
    await clock.advance(300_000)
    expect(carried).toHaveLength(101)
  })
})
