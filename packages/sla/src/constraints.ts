import type { Constraint, Note } from './descriptor.ts'
import type { ConstraintDocument } from './schema.ts'
import { type Path, pathText } from './violations.ts'

/**
 * Reads placement rules. `reference/orchestration.md` 4.1. A rule that lacks what it is about, as the dashboard's
 * form sends them (`reference/experience.md` 1.7), says nothing: it is noted and, unless it is merely empty, kept as unknown.
 */
export function readConstraints(documents: readonly ConstraintDocument[], path: Path, notes: Note[]): readonly Constraint[] {
  return documents.flatMap((document, index) => {
    const constraint = readConstraint(document)
    const remark = remarkOn(constraint, document.type)
    if (remark) notes.push({ path: pathText([...path, index]), text: remark })
    return constraint ? [constraint] : []
  })
}

function remarkOn(constraint: Constraint | undefined, word: string): string | undefined {
  if (!constraint) return `this ${word} constraint names nothing and has no effect`
  if (constraint.type !== 'unknown') return undefined
  return KNOWN.has(word)
    ? `this ${word} constraint is incomplete and has no effect`
    : `constraints of type ${word.slice(0, 60)} are not known and have no effect`
}

const KNOWN: ReadonlySet<string> = new Set(['direct', 'clusters', 'addons', 'geo', 'latency', 'labels'])

function readConstraint(document: ConstraintDocument): Constraint | undefined {
  switch (document.type) {
    case 'direct':
      return readDirect(document)
    case 'clusters': {
      const allowed = filled(document.allowed)
      return allowed.length === 0 ? undefined : { type: 'clusters', allowed }
    }
    case 'addons':
    case 'labels': {
      const needs = filled(document.needs)
      return needs.length === 0 ? undefined : { type: document.type, needs }
    }
    case 'geo':
      return document.location && typeof document.threshold === 'number'
        ? { type: 'geo', location: document.location, thresholdKm: document.threshold }
        : { type: 'unknown', word: 'geo' }
    case 'latency':
      return document.area && typeof document.threshold === 'number'
        ? { type: 'latency', area: document.area, thresholdMs: document.threshold }
        : { type: 'unknown', word: 'latency' }
    default:
      return { type: 'unknown', word: document.type }
  }
}

function readDirect(document: ConstraintDocument): Constraint | undefined {
  const nodes = filled(document.node?.split(';'))
  if (!document.cluster && nodes.length === 0) return undefined
  return { type: 'direct', ...(document.cluster ? { cluster: document.cluster } : {}), nodes }
}

function filled(words: readonly string[] | null | undefined): readonly string[] {
  return (words ?? []).map((word) => word.trim()).filter((word) => word !== '')
}
