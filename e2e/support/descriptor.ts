import { writeFile } from 'node:fs/promises'
import path from 'node:path'

/** A service of a descriptor; what is given is added to what all need. */
export function service(name: string, fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return { microservice_name: name, microservice_namespace: 'e2e', virtualization: 'container', memory: 32, vcpus: 0, ...fields }
}

/** A descriptor with one application; what is given is added to it. */
export function descriptor(name: string, microservices: readonly unknown[], fields: object = {}): Readonly<Record<string, unknown>> {
  return {
    sla_version: 'v2.0',
    customerID: 'Admin',
    applications: [{ application_name: name, application_namespace: 'e2e', application_desc: '', microservices, ...fields }],
  }
}

/** Puts a descriptor where the command line can read it. */
export async function writeDescriptor(dir: string, name: string, content: unknown): Promise<string> {
  const file = path.join(dir, `${name}.json`)
  await writeFile(file, JSON.stringify(content))
  return file
}
