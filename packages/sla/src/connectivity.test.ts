import { describe, expect, it } from 'vitest'
import { parseServices, parseSla } from './parse.ts'

const ID = 'a'.repeat(24)
const base = { microservice_name: 'web', microservice_namespace: 'front', virtualization: 'container', code: 'nginx:1' }
const withTargets = (...targets: readonly unknown[]) =>
  parseServices({ ...base, connectivity: targets.map((target) => ({ target_microservice_id: target, con_constraints: [] })) })
const documentWith = (fields: object) => ({
  sla_version: 'v2.0',
  applications: [{ application_name: 'shop', application_namespace: 'prod', microservices: [], ...fields }],
})

describe('what a service is connected with', () => {
  it('is said by ids and full names, each once', () => {
    const result = withTargets(ID, 'shop.prod.db.back', ID)
    expect(result).toMatchObject({ ok: true, notes: [], value: [{ connectivity: [ID, 'shop.prod.db.back'] }] })
  })

  it('is nothing where forms sent empty targets, and what it was handed is handed back', () => {
    const result = withTargets('', null)
    expect(result.ok && 'connectivity' in (result.value[0] ?? {})).toBe(false)
    expect(result.ok && result.value[0]?.source['connectivity']).toHaveLength(2)
  })

  it.each(['db', 'shop.prod.db', 'shop.prod.db.back.more', 'shop..db.back', 'A'.repeat(24)])('has a remark about %j', (target) => {
    const result = withTargets(target)
    expect(result.ok && result.notes).toMatchObject([{ path: 'connectivity[0].target_microservice_id', text: /names no service/ }])
    expect(result.ok && result.value[0]?.connectivity).toBeUndefined()
  })

  it.each([
    ['a number', [{ target_microservice_id: 7 }], 'connectivity[0].target_microservice_id'],
    ['a text', ['db'], 'connectivity[0]'],
    ['too many', Array.from({ length: 257 }, () => ({})), 'connectivity'],
  ])('is refused as %s', (_what, connectivity, path) => {
    expect(parseServices({ ...base, connectivity })).toMatchObject({ ok: false, violations: [{ path }] })
  })
})

describe('the isolation of an application', () => {
  it.each([true, false])('is read as %s', (isolated) => {
    expect(parseSla(documentWith({ isolated }))).toMatchObject({ ok: true, value: { applications: [{ isolated, source: {} }] } })
  })

  it('is not said by a document that says nothing, or null', () => {
    for (const fields of [{}, { isolated: null }]) {
      const result = parseSla(documentWith(fields))
      expect(result.ok && result.value.applications[0]).not.toHaveProperty('isolated')
    }
  })

  it('is refused as a text', () => {
    expect(parseSla(documentWith({ isolated: 'yes' }))).toMatchObject({ ok: false, violations: [{ path: 'applications[0].isolated' }] })
  })
})
