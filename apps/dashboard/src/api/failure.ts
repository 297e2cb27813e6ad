import { ApiError, type Violation } from '@oakestra/api-client'
import { OakError } from '@oakestra/base'

/** A failed call as people are told of it. */
export interface Failure {
  readonly title: string
  readonly text: string
  readonly violations: readonly Violation[]
  /** Asking again may help. */
  readonly transient: boolean
}

const TITLES: Readonly<Record<number, string>> = {
  400: 'That is not valid',
  403: 'You may not do this',
  404: 'This is not there',
  409: 'Somebody else was faster',
  413: 'That is too much at once',
  422: 'That is not valid',
  429: 'Too many requests',
}

/** Tells what went wrong in words, whatever was thrown. */
export function failureOf(thrown: unknown): Failure {
  if (thrown instanceof ApiError) {
    const { status, violations } = thrown
    const title = TITLES[status] ?? (status >= 500 ? 'Root could not do this' : 'Root refused this')
    return { title, text: sentence(thrown.message), violations, transient: status >= 500 || status === 429 }
  }
  if (thrown instanceof OakError && thrown.code === 'unavailable') {
    return {
      title: 'Root does not answer',
      text: 'The connection is cut, or root is being restarted. What runs goes on running; this page tries again by itself.',
      violations: [],
      transient: true,
    }
  }
  const text = thrown instanceof Error ? thrown.message : String(thrown)
  return { title: 'Something went wrong in this page', text: sentence(text), violations: [], transient: true }
}

/** Errors are written as parts of a line; here they stand alone. */
export function sentence(text: string): string {
  const trimmed = text.trim()
  if (trimmed === '') return ''
  const first = trimmed.charAt(0).toUpperCase() + trimmed.slice(1)
  return /[.!?…:]$/.test(first) ? first : `${first}.`
}
