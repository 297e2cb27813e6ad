import { ApiError, codeOfStatus } from '@oakestra/api-client'
import { OakError } from '@oakestra/base'
import type { HttpAnswer } from './http.ts'

/** The body of a good answer; a coded error for any other. `what` says what was asked for, for people. */
export function bodyOf(answer: HttpAnswer, what: string): unknown {
  if (answer.status >= 200 && answer.status < 300) return unquoted(answer.body)
  throw refusalOf(answer, what)
}

/** What the server said against a request, as a coded error with the server's own words. */
export function refusalOf(answer: HttpAnswer, what: string): OakError {
  const said = violationsOf(answer.body) ?? messageOf(answer.body) ?? `the server answered with status ${answer.status}`
  return new OakError(codeOfStatus(answer.status), `${what}: ${said}`, { details: { status: answer.status } })
}

/** The answer to a call of the API, or its refusal with what was asked for in front. */
export async function told<T>(what: string, answer: Promise<T>): Promise<T> {
  try {
    return unquoted(await answer) as T
  } catch (thrown) {
    if (!(thrown instanceof ApiError)) throw thrown
    const said = listed(thrown.violations) ?? thrown.message
    throw new OakError(thrown.code, `${what}: ${said}`, { details: { status: thrown.status } })
  }
}

function violationsOf(body: unknown): string | undefined {
  return isRecord(body) && Array.isArray(body['errors']) ? listed(body['errors'].filter(isRecord)) : undefined
}

/** Everything that is wrong with a document, one line each, when root listed more than its message names. */
function listed(
  violations: readonly { readonly path?: unknown; readonly expected?: unknown; readonly found?: unknown }[],
): string | undefined {
  if (violations.length < 2) return undefined
  const lines = violations.map(({ path, expected, found }) => `\n  ${path}: expected ${expected}, found ${found}`)
  return `${lines.length} things are wrong${lines.join('')}`
}

/** Upstream's server wraps some JSON documents in a JSON string. `reference/experience.md` 1.5. */
function unquoted(body: unknown): unknown {
  if (typeof body !== 'string' || !/^\s*[[{]/.test(body)) return body
  try {
    return JSON.parse(body)
  } catch {
    return body
  }
}

function messageOf(body: unknown): string | undefined {
  if (typeof body === 'string') return body.slice(0, 500)
  if (!isRecord(body)) return undefined
  const { message } = body
  return typeof message === 'string' && message !== '' ? message : undefined
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
