import type { Violation } from '@oakestra/sla'
import { useMemo, useState } from 'react'
import type { DescriptorDocument } from './model/descriptor-of.ts'
import { type DocumentKind, type EditorState, stateOf, violationsIn } from './model/documents.ts'

export interface EditedDocument {
  readonly state: EditorState
  readonly change: (state: EditorState) => void
  readonly violations: readonly Violation[]
  /** It can be sent. */
  readonly ready: boolean
}

/** A document while it is edited, and what is wrong with it: found here as root would find it. */
export function useDocument(kind: DocumentKind, first: () => DescriptorDocument): EditedDocument {
  const [state, change] = useState(() => stateOf(first()))
  const violations = useMemo(() => violationsIn(state.document, kind), [state.document, kind])
  return { state, change, violations, ready: state.broken === undefined && violations.length === 0 }
}
