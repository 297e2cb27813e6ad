import { LIMITS } from '@oakestra/base'
import type { z } from 'zod'
import type { Violation } from './descriptor.ts'

export type Path = readonly (string | number)[]

/** `['applications', 0, 'memory']` as `applications[0].memory`; the document itself is `$`. */
export function pathText(path: Path): string {
  if (path.length === 0) return '$'
  return path.map(stepText).join('').replace(/^\./, '')
}

function stepText(step: string | number): string {
  if (typeof step === 'number') return `[${step}]`
  return /^[A-Za-z_][\w-]*$/.test(step) ? `.${step}` : `[${JSON.stringify(shorten(step))}]`
}

const FOUND_LENGTH_MAX = 60

function shorten(text: string): string {
  return text.length > FOUND_LENGTH_MAX ? `${text.slice(0, FOUND_LENGTH_MAX)}…` : text
}

/** Names a value in a few words; never walks into it. */
export function foundText(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`
  if (typeof value === 'object' && value !== null) return 'an object'
  if (typeof value === 'string') return JSON.stringify(shorten(value))
  return shorten(String(value))
}

function valueAt(document: unknown, path: Path): unknown {
  let value = document
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined
    value = (value as Readonly<Record<string | number, unknown>>)[step]
  }
  return value
}

/** What a schema found wrong, with the place, the expectation and what stood there. */
export function violationsOf(error: z.ZodError, document: unknown): readonly Violation[] {
  return error.issues.slice(0, LIMITS.violationsListed).map((issue) => {
    const path = issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step))
    const named = issue.code === 'custom' ? issue.params?.['found'] : undefined
    return { path: pathText(path), expected: issue.message, found: foundText(named ?? valueAt(document, path)) }
  })
}
