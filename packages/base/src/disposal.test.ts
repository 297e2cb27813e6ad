import { describe, expect, it } from 'vitest'
import { Disposal } from './disposal.ts'

const named = (name: string, told: string[]) => ({ [Symbol.asyncDispose]: async () => void told.push(name) })

describe('Disposal', () => {
  it('disposes in reverse order of owning', async () => {
    const told: string[] = []
    const disposal = new Disposal()
    disposal.use(named('store', told))
    disposal.defer(() => void told.push('server'))
    await disposal[Symbol.asyncDispose]()
    expect(told).toEqual(['server', 'store'])
  })

  it('disposes of the rest when one fails, and then says so', async () => {
    const told: string[] = []
    const disposal = new Disposal()
    disposal.use(named('store', told))
    disposal.defer(() => Promise.reject(new Error('stuck')))
    await expect(disposal[Symbol.asyncDispose]()).rejects.toThrow('stuck')
    expect(told).toEqual(['store'])
  })

  it('disposes of nothing that was moved to another owner', async () => {
    const told: string[] = []
    const builder = new Disposal()
    builder.use(named('store', told))
    const owner = builder.move()
    await builder[Symbol.asyncDispose]()
    expect(told).toEqual([])
    await owner[Symbol.asyncDispose]()
    expect(told).toEqual(['store'])
  })
})
