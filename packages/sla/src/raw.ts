import type { Violation } from './descriptor.ts'
import { foundText, type Path, pathText } from './violations.ts'

/** An object of a document that no schema has read yet. */
export type Bag = Readonly<Record<string, unknown>>

export function isBag(value: unknown): value is Bag {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function violation(path: Path, expected: string, found: unknown): Violation {
  return { path: pathText(path), expected, found: foundText(found) }
}
