import { readFile } from 'node:fs/promises'
import { EVENT_KINDS } from '@oakestra/model'
import { expect, test } from 'vitest'
import { EVENT_LIMITS } from './event-limits.ts'
import { STREAMS_PER_USER_MAX } from './watch.ts'

const text = await readFile(new URL('../../../../docs/events.md', import.meta.url), 'utf8')

test('the documentation lists every kind of event in the words of the code, and no other', () => {
  const listed = [...text.matchAll(/^\| `([a-z-]+\.[a-z]+)` \| ([^|]+?) \|/gm)].map(([, kind, meaning]) => [kind, meaning])
  expect(Object.fromEntries(listed)).toEqual(EVENT_KINDS)
  expect(listed).toHaveLength(Object.keys(EVENT_KINDS).length)
})

test('the documentation knows the limits', () => {
  expect(text).toContain(`The newest ${EVENT_LIMITS.keptMax.toLocaleString('en')}, for ${EVENT_LIMITS.keptMs / 86_400_000} days`)
  expect(text).toContain(`${STREAMS_PER_USER_MAX} streams`)
})
