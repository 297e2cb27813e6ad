import { expect } from 'vitest'
import type { Answer } from './started-root.ts'

/** Expects success, which is 200 and nothing else: the CLIs take no other (`reference/experience.md` 2.2). Gives the body. */
export function success<T = never>(answer: Answer): T {
  expect(answer.status, answer.text).toBe(200)
  expect(answer.headers.get('content-type')).toContain('application/json')
  return answer.json<T>()
}

/** Expects the one form that every refusal has. */
export function refusal(answer: Answer, code: number, message: string): void {
  expect(answer.json(), answer.text).toMatchObject({ code, message: expect.stringContaining(message) })
  expect(answer.status).toBe(code)
}
