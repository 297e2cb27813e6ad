import { parseServices, parseSla, type Violation } from '@oakestra/sla'
import type { DescriptorDocument } from './descriptor-of.ts'

/** What is edited: a new application with its services, services for one that exists, or one service. */
export type DocumentKind = 'application' | 'services' | 'service'

/** One model behind form and text. */
export interface EditorState {
  readonly document: DescriptorDocument
  readonly text: string
  /** Why the text is no document; the form then shows the last one that was. */
  readonly broken?: string
}

export function stateOf(document: DescriptorDocument): EditorState {
  return { document, text: textOf(document) }
}

export function textOf(value: unknown): string {
  return JSON.stringify(value, undefined, 2)
}

/** The state after somebody typed. */
export function withText(state: EditorState, kind: DocumentKind, text: string): EditorState {
  try {
    const json: unknown = JSON.parse(text)
    if (!isDocument(json)) return { ...state, text, broken: 'an object is expected' }
    return { document: fitting(json, kind), text }
  } catch (thrown) {
    return { ...state, text, broken: thrown instanceof Error ? thrown.message : 'this is not JSON' }
  }
}

/** Documents of any form that people keep them in, as the form that is edited here. Pure. */
export function fitting(json: DescriptorDocument, kind: DocumentKind): DescriptorDocument {
  const services = servicesIn(json)
  if (kind === 'application') return Array.isArray(json['applications']) ? json : applicationOf(services, json)
  if (kind === 'services') return Array.isArray(json['microservices']) ? json : { microservices: services }
  return services[0] ?? json
}

function applicationOf(services: readonly DescriptorDocument[], json: DescriptorDocument): DescriptorDocument {
  const names = 'application_name' in json ? json : { application_name: '', application_namespace: '' }
  return { sla_version: 'v2.0', customerID: '', applications: [{ ...names, microservices: services }] }
}

/** The services of a document, whatever stands around them. Pure. */
export function servicesIn(json: DescriptorDocument): readonly DescriptorDocument[] {
  const { applications, microservices } = json
  if (Array.isArray(applications)) return applications.filter(isDocument).flatMap(servicesIn)
  if (Array.isArray(microservices)) return microservices.filter(isDocument)
  return 'microservice_name' in json ? [json] : []
}

/** Everything that is wrong with a document; empty when it would be accepted. */
export function violationsIn(document: DescriptorDocument, kind: DocumentKind): readonly Violation[] {
  const parsed = kind === 'application' ? parseSla(document) : parseServices(document)
  return parsed.ok ? [] : parsed.violations
}

/** A copy with one member changed; an empty value takes it out, for that is how descriptors say nothing. Pure. */
export function withMember(document: DescriptorDocument, key: string, value: unknown): DescriptorDocument {
  const { [key]: _, ...rest } = document
  if (isNothing(value)) return rest
  // The place of a member that is there stays, so that the text does not jump.
  return key in document
    ? Object.fromEntries(Object.entries(document).map((entry) => (entry[0] === key ? [key, value] : entry)))
    : { ...document, [key]: value }
}

/** Names stay while they are typed, and 0 is a number. */
function isNothing(value: unknown): boolean {
  if (value === undefined || value === null || value === '' || value === false) return true
  if (Array.isArray(value)) return value.length === 0
  return typeof value === 'object' && Object.keys(value).length === 0
}

export function isDocument(value: unknown): value is DescriptorDocument {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
