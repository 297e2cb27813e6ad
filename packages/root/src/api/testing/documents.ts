import type { LightMyRequestResponse } from 'fastify'
import { expect } from 'vitest'

/** A service document with whatever is not the usual. */
export const service = (name: string, extra: object = {}) => ({
  microservice_name: name,
  microservice_namespace: 't',
  virtualization: 'container',
  code: 'nginx',
  ...extra,
})

/** A document of one application. */
export const sla = (name: string, microservices: readonly object[] = [service('web')], applicationID = '') => ({
  sla_version: 'v2.0',
  customerID: 'whatever',
  applications: [{ applicationID, application_name: name, application_namespace: 't', application_desc: 'demo', microservices }],
})

/** Expects the one form that every refusal has. */
export function expectError(answer: LightMyRequestResponse, code: number, message: string): void {
  expect(answer.json(), answer.body).toMatchObject({ code, message: expect.stringContaining(message) })
  expect(answer.statusCode).toBe(code)
  expect(answer.json().status).toBe(answer.statusMessage)
}
