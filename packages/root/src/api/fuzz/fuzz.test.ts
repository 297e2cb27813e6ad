import { seededRandom } from '@oakestra/base/testing'
import { describe, expect, test } from 'vitest'
import { fuzz } from './testing/fuzz.ts'
import { createFuzzScene } from './testing/fuzz-scene.ts'

describe('requests that nobody means well with', () => {
  test('are answered in the form of the document, never with 5xx, and change nothing where they are refused', async () => {
    const report = await fuzz({ requests: 2_000, random: seededRandom(1) })
    expect(report.failures).toEqual([])
    // A run that is refused as a whole would prove nothing.
    expect(report.statuses['200']).toBeGreaterThan(100)
    expect(report.statuses['401']).toBeGreaterThan(100)
  }, 60_000)

  test('leave the store word for word as it was when no token is in force', async () => {
    await using scene = await createFuzzScene()
    const before = await scene.contents()
    const refused = [
      ['DELETE', '/api/service/x'],
      ['POST', '/api/service/x/instance'],
      ['GET', '/api/users'],
      ['POST', '/api/clusters/join-token'],
    ] as const
    for (const token of scene.identities.invalid) {
      for (const [method, url] of refused) {
        const answer = await scene.fixture.api.inject({ method, url, headers: { authorization: `Bearer ${token}` } })
        expect(answer.statusCode, `${method} ${url} ${token.slice(0, 60)}`).toBe(401)
      }
    }
    expect(await scene.contents()).toBe(before)
  })
})
