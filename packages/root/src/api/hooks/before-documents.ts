import { isJson, type Json } from '../../hooks/merge-answer.ts'
import type { BeforeHandling } from '../route.ts'
import { type AskOne, askerOf, wants } from './ask-hooks.ts'

/** Asks about the applications of a deployment document, and about their services. */
export const beforeApplications: BeforeHandling = async (deps, _call, json) => {
  if (!wants(deps, 'pre_create', 'applications', 'services')) return json
  return eachApplication(json, withApplication, askerOf(deps))
}

/** The same for one application that is a document of its own. */
export const beforeApplication: BeforeHandling = async (deps, _call, json) => {
  if (!wants(deps, 'pre_create', 'applications', 'services') || !isJson(json)) return json
  return withApplication(json, askerOf(deps))
}

async function withApplication(entry: Json, ask: AskOne): Promise<Json> {
  const { microservices, ...own } = entry
  const { microservices: _, ...changed } = await ask('pre_create', { kind: 'applications' }, own, {})
  return withServices(microservices === undefined ? changed : { ...changed, microservices }, ask)
}

/** Asks about the services that a deployment document adds. */
export const beforeServices: BeforeHandling = async (deps, _call, json) => {
  if (!wants(deps, 'pre_create', 'services')) return json
  return eachApplication(json, withServices, askerOf(deps))
}

async function eachApplication(json: unknown, change: (entry: Json, ask: AskOne) => Promise<Json>, ask: AskOne): Promise<unknown> {
  if (!isJson(json)) return json
  const { applications } = json
  if (!Array.isArray(applications)) return withServices(json, ask)
  const changed: unknown[] = []
  for (const entry of applications) changed.push(isJson(entry) ? await change(entry, ask) : entry)
  return { ...json, applications: changed }
}

async function withServices(entry: Json, ask: AskOne): Promise<Json> {
  const { microservices, applicationID, application_name: app_name, application_namespace: app_ns } = entry
  if (!Array.isArray(microservices)) return entry
  const changed: unknown[] = []
  for (const service of microservices) {
    const identity = { ...(applicationID ? { applicationID } : {}), ...(app_name ? { app_name, app_ns } : {}) }
    changed.push(isJson(service) ? await ask('pre_create', { kind: 'services' }, service, identity) : service)
  }
  return { ...entry, microservices: changed }
}

/** The same document with its services changed, in any form that holds services. */
export async function mapServices(json: unknown, change: (service: Json) => Promise<Json>): Promise<unknown> {
  if (!isJson(json)) return json
  for (const member of ['applications', 'microservices']) {
    const parts = json[member]
    if (!Array.isArray(parts)) continue
    const changed: unknown[] = []
    for (const part of parts) changed.push(await mapServices(part, change))
    return { ...json, [member]: changed }
  }
  return change(json)
}
