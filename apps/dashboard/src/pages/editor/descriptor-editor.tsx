import type { Diagnostic } from '@codemirror/lint'
import { Accordion, Button, FileButton, Group } from '@mantine/core'
import type { Violation } from '@oakestra/sla'
import { IconDownload, IconPlus, IconTrash, IconUpload } from '@tabler/icons-react'
import { lazy, Suspense, useMemo } from 'react'
import { Bones } from '../../ui/bones.tsx'
import { downloadJson } from '../../ui/download.ts'
import { Card } from '../../ui/page.tsx'
import { tellFailure } from '../../ui/use-action.ts'
import { ApplicationFields } from './application-fields.tsx'
import './editor.css'
import type { DescriptorDocument } from './model/descriptor-of.ts'
import { type DocumentKind, type EditorState, isDocument, servicesIn, stateOf, withText } from './model/documents.ts'
import { placeOf, placesIn } from './model/json-places.ts'
import { templateOf } from './model/templates.ts'
import { ServiceForm } from './service-form.tsx'

const JsonEditor = lazy(() => import('./json-editor.tsx'))

interface DescriptorEditorProps {
  readonly kind: DocumentKind
  readonly state: EditorState
  readonly change: (state: EditorState) => void
  readonly violations: readonly Violation[]
  readonly locked?: ReadonlySet<string>
  readonly fileName: string
}

const NOTHING_LOCKED: ReadonlySet<string> = new Set()

/** Form and text of one document: what is changed in one is changed in the other. */
export function DescriptorEditor({ kind, state, change, violations, locked = NOTHING_LOCKED, fileName }: DescriptorEditorProps) {
  const set = (document: DescriptorDocument) => change(stateOf(document))
  const context = useMemo(() => ({ violations, locked }), [violations, locked])
  return (
    <div className="oak-editor">
      <Card title="Form">
        {state.broken === undefined ? null : (
          <p className="oak-note" data-tone="warn" style={{ marginBottom: 16 }}>
            The text is not valid at the moment. The form shows what it was before.
          </p>
        )}
        {kind === 'application' ? <ApplicationFields document={state.document} change={set} context={context} /> : null}
        {kind === 'service' ? (
          <ServiceForm value={state.document} change={set} path="" context={context} />
        ) : (
          <Services kind={kind} document={state.document} change={set} context={context} />
        )}
      </Card>
      <section className="oak-card oak-editor-text">
        <div className="oak-card-head">
          <h2>Text</h2>
          <FileActions kind={kind} state={state} change={change} fileName={fileName} />
        </div>
        <Suspense fallback={<Bones rows={8} />}>
          <JsonEditor
            label="The descriptor as JSON"
            text={state.text}
            change={(text) => change(withText(state, kind, text))}
            diagnostics={useDiagnostics(state, violations)}
          />
        </Suspense>
        <Problems state={state} violations={violations} />
      </section>
    </div>
  )
}

interface ServicesProps {
  readonly kind: DocumentKind
  readonly document: DescriptorDocument
  readonly change: (document: DescriptorDocument) => void
  readonly context: Parameters<typeof ServiceForm>[0]['context']
}

/** One after the other; a second one is folded under its name. */
function Services({ kind, document, change, context }: ServicesProps) {
  const services = servicesIn(document)
  const set = (next: readonly DescriptorDocument[]) => change(withServices(document, kind, next))
  const pathOf = (index: number) => (kind === 'application' ? `applications[0].microservices[${index}]` : `microservices[${index}]`)
  const form = (service: DescriptorDocument, index: number) => (
    <ServiceForm
      value={service}
      change={(next) => set(services.map((each, other) => (other === index ? next : each)))}
      path={pathOf(index)}
      context={context}
    />
  )
  const [only] = services
  return (
    <>
      {only && services.length === 1 ? (
        form(only, 0)
      ) : (
        <Accordion variant="separated" defaultValue="0">
          {services.map((service, index) => (
            // oxlint-disable-next-line react/no-array-index-key
            <Accordion.Item key={index} value={String(index)}>
              <Accordion.Control>{String(service['microservice_name'] || `Service ${index + 1}`)}</Accordion.Control>
              <Accordion.Panel>
                {form(service, index)}
                <Button
                  variant="subtle"
                  color="red"
                  size="xs"
                  mt="md"
                  leftSection={<IconTrash size={14} />}
                  onClick={() => set(services.filter((_, other) => other !== index))}
                >
                  Leave this service out
                </Button>
              </Accordion.Panel>
            </Accordion.Item>
          ))}
        </Accordion>
      )}
      <Button
        variant="default"
        mt="md"
        leftSection={<IconPlus size={15} />}
        onClick={() => set([...services, templateOf('empty').service])}
      >
        Another service
      </Button>
    </>
  )
}

function withServices(document: DescriptorDocument, kind: DocumentKind, services: readonly DescriptorDocument[]): DescriptorDocument {
  const { applications } = document
  if (kind !== 'application' || !Array.isArray(applications)) return { ...document, microservices: services }
  const [first, ...rest] = applications as readonly unknown[]
  return { ...document, applications: [{ ...(isDocument(first) ? first : {}), microservices: services }, ...rest] }
}

function FileActions({ kind, state, change, fileName }: Pick<DescriptorEditorProps, 'kind' | 'state' | 'change' | 'fileName'>) {
  const take = async (file: File | null) => {
    if (!file) return
    try {
      const text = await file.text()
      const next = withText(state, kind, text)
      change(next.broken === undefined ? stateOf(next.document) : next)
    } catch (thrown) {
      tellFailure(thrown)
    }
  }
  return (
    <Group gap={6}>
      <FileButton onChange={(file) => void take(file)} accept="application/json,.json">
        {(props) => (
          <Button {...props} size="xs" variant="default" leftSection={<IconUpload size={14} />}>
            Upload
          </Button>
        )}
      </FileButton>
      <Button size="xs" variant="default" leftSection={<IconDownload size={14} />} onClick={() => downloadJson(fileName, state.document)}>
        Download
      </Button>
    </Group>
  )
}

/** Marks in the text, where what is wrong stands. */
function useDiagnostics({ text, broken }: EditorState, violations: readonly Violation[]): readonly Diagnostic[] {
  return useMemo(() => {
    if (broken !== undefined) return []
    const places = placesIn(text)
    return violations.map(({ path, expected, found }) => ({
      ...placeOf(places, path),
      severity: 'error' as const,
      message: `expected ${expected}, found ${found}`,
    }))
  }, [text, broken, violations])
}

function Problems({ state, violations }: { readonly state: EditorState; readonly violations: readonly Violation[] }) {
  if (state.broken !== undefined) {
    return (
      <ul className="oak-editor-problems" role="alert">
        <li>{state.broken}</li>
      </ul>
    )
  }
  if (violations.length === 0) return <p className="oak-editor-ok">Nothing is wrong with it.</p>
  return (
    <ul className="oak-editor-problems" aria-label="What is wrong">
      {violations.map(({ path, expected, found }) => (
        <li key={`${path}${expected}`}>
          <span className="oak-mono">{path || 'document'}</span>: expected {expected}, found {found}
        </li>
      ))}
    </ul>
  )
}
