import { json } from '@codemirror/lang-json'
import { HighlightStyle, syntaxHighlighting } from '@codemirror/language'
import { type Diagnostic, setDiagnostics } from '@codemirror/lint'
import { unifiedMergeView } from '@codemirror/merge'
import { EditorState, type Extension } from '@codemirror/state'
import { EditorView } from '@codemirror/view'
import { tags } from '@lezer/highlight'
import { basicSetup } from 'codemirror'
import { useEffect, useRef } from 'react'

const colours = syntaxHighlighting(
  HighlightStyle.define([
    { tag: tags.propertyName, color: 'var(--oak-busy)' },
    { tag: tags.string, color: 'var(--oak-good)' },
    { tag: [tags.number, tags.bool, tags.null], color: 'var(--oak-warn)' },
    { tag: tags.punctuation, color: 'var(--oak-muted)' },
  ]),
)

const look = EditorView.theme({
  '&': { height: '100%', fontSize: '0.8125rem', backgroundColor: 'transparent', color: 'var(--oak-text)' },
  '&.cm-focused': { outline: 'none' },
  '.cm-content': { fontFamily: 'var(--mantine-font-family-monospace)', caretColor: 'var(--oak-text)', padding: '12px 0' },
  '.cm-cursor': { borderLeftColor: 'var(--oak-text)' },
  '.cm-gutters': { backgroundColor: 'transparent', color: 'var(--oak-muted)', border: 'none' },
  '.cm-activeLine, .cm-activeLineGutter': { backgroundColor: 'color-mix(in srgb, var(--oak-calm-soft) 55%, transparent)' },
  '&.cm-focused .cm-selectionBackground, .cm-selectionBackground': { backgroundColor: 'var(--oak-accent-soft) !important' },
  '.cm-tooltip': {
    backgroundColor: 'var(--oak-surface)',
    border: '1px solid var(--oak-line-strong)',
    borderRadius: '8px',
    color: 'var(--oak-text)',
  },
  '.cm-foldPlaceholder': { backgroundColor: 'var(--oak-calm-soft)', border: 'none', color: 'var(--oak-muted)' },
  '.cm-collapsedLines': { background: 'var(--oak-sunken)', color: 'var(--oak-muted)' },
  '.cm-collapsedLines::before, .cm-collapsedLines::after': { content: '"…"' },
  '.cm-changedLine': { backgroundColor: 'var(--oak-good-soft) !important' },
  '.cm-deletedChunk': { backgroundColor: 'var(--oak-bad-soft) !important' },
  '.cm-changedText, .cm-deletedText': {
    background: 'none !important',
    textDecoration: 'underline',
    textDecorationColor: 'var(--oak-muted)',
  },
})

interface JsonEditorProps {
  readonly label: string
  readonly text: string
  /** Absent: it is only read. */
  readonly change?: (text: string) => void
  readonly diagnostics?: readonly Diagnostic[]
  /** Shows what differs from this. */
  readonly original?: string
}

/** JSON with colours, folding and marks where something is wrong. */
export default function JsonEditor({ label, text, change, diagnostics = NONE, original }: JsonEditorProps) {
  const place = useRef<HTMLDivElement>(null)
  const view = useRef<EditorView>(undefined)
  const changed = useRef(change)
  changed.current = change
  const readOnly = change === undefined
  useEffect(() => {
    if (!place.current) return
    const parts: Extension[] = [
      basicSetup,
      json(),
      colours,
      look,
      EditorView.lineWrapping,
      EditorView.contentAttributes.of({ 'aria-label': label, tabindex: '0' }),
    ]
    if (readOnly) parts.push(EditorState.readOnly.of(true), EditorView.editable.of(false))
    if (original !== undefined) parts.push(unifiedMergeView({ original, mergeControls: false, collapseUnchanged: { margin: 3 } }))
    parts.push(
      EditorView.updateListener.of((update) => {
        if (update.docChanged && !update.transactions.some((each) => each.isUserEvent('outside')))
          changed.current?.(update.state.doc.toString())
      }),
    )
    const made = new EditorView({ parent: place.current, state: EditorState.create({ doc: text, extensions: parts }) })
    view.current = made
    return () => made.destroy()
    // The text is brought up to date below: making the editor anew would lose the place of whoever writes in it.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [label, readOnly, original])
  useEffect(() => {
    const editor = view.current
    if (!editor) return
    const before = editor.state.doc.toString()
    if (before !== text) editor.dispatch({ changes: { from: 0, to: before.length, insert: text }, userEvent: 'outside' })
    const length = editor.state.doc.length
    const inside = diagnostics.map((each) => ({ ...each, from: Math.min(each.from, length), to: Math.min(each.to, length) }))
    editor.dispatch(setDiagnostics(editor.state, inside))
  }, [text, diagnostics])
  return <div ref={place} className="oak-json" />
}

const NONE: readonly Diagnostic[] = []
