import { describe, expect, it } from 'vitest'
import { fitting, stateOf, violationsIn, withMember, withText } from './documents.ts'
import { placeOf, placesIn } from './json-places.ts'
import { SERVICE_SECTIONS } from './service-sections.ts'
import { newApplication, TEMPLATES, templateOf } from './templates.ts'

describe('a document behind form and text', () => {
  it('is the same in both: a member that is changed keeps its place, one that is emptied is gone', () => {
    const before = { microservice_name: 'web', memory: 100, port: '' }
    expect(Object.entries(withMember(before, 'microservice_name', 'api'))).toEqual([
      ['microservice_name', 'api'],
      ['memory', 100],
      ['port', ''],
    ])
    expect(withMember(before, 'memory', undefined)).toEqual({ microservice_name: 'web', port: '' })
    expect(withMember(before, 'memory', 0)).toMatchObject({ memory: 0 })
  })

  it('stays what it was while the text is no JSON', () => {
    const state = stateOf({ microservice_name: 'web' })
    const broken = withText(state, 'service', '{"microservice_name": "we')
    expect(broken).toMatchObject({ document: { microservice_name: 'web' }, text: '{"microservice_name": "we' })
    expect(broken.broken).toBeTruthy()
    expect(withText(broken, 'service', '{"microservice_name": "well"}')).toMatchObject({ document: { microservice_name: 'well' } })
  })

  it('is taken in every form that people keep it in', () => {
    const service = { microservice_name: 'web' }
    const sla = { sla_version: 'v2.0', applications: [{ application_name: 'shop', microservices: [service] }] }
    for (const form of [service, { microservices: [service] }, sla]) {
      expect(fitting(form, 'service')).toEqual(service)
      expect(fitting(form, 'services')).toMatchObject({ microservices: [service] })
      expect(fitting(form, 'application')).toMatchObject({ applications: [{ microservices: [service] }] })
    }
  })
})

describe('templates', () => {
  it.each(TEMPLATES.filter(({ id }) => id !== 'empty'))('$title lacks nothing but the name of the application', (template) => {
    expect(violationsIn(template.service, 'service')).toEqual([])
    expect(violationsIn(newApplication(template), 'application').map(({ path }) => path)).toEqual(['applications[0].application_name'])
  })

  it('begin with the first where a name is unknown', () => {
    expect(templateOf('nonsense').id).toBe('nginx')
  })
})

describe('the form', () => {
  it('has every field of the descriptor once, but for other spellings', () => {
    const keys = SERVICE_SECTIONS.flatMap(({ fields }) => fields.map(({ key }) => key))
    expect(new Set(keys).size).toBe(keys.length)
    expect(keys).toEqual(
      expect.arrayContaining(['one_shot', 'privileged', 'volumes', 'arch', 'health_check', 'constraints', 'addresses', 'connectivity']),
    )
  })

  it('knows what kind each of them is', () => {
    const kinds = Object.fromEntries(SERVICE_SECTIONS.flatMap(({ fields }) => fields.map(({ key, kind }) => [key, kind])))
    expect(kinds).toMatchObject({
      microservice_name: 'text',
      memory: 'number',
      one_shot: 'flag',
      cmd: 'texts',
      restart: 'choice',
      addresses: 'group',
      volumes: 'groups',
    })
  })
})

describe('places in a text', () => {
  const text = '{\n  "a": [1, {"b \\"c": "x, ]"}],\n  "d": null\n}'

  it('are those of the values that paths name', () => {
    const places = placesIn(text)
    const at = (path: string) => {
      const { from, to } = placeOf(places, path)
      return text.slice(from, to)
    }
    expect(at('a[0]')).toBe('1')
    expect(at('a[1].b "c')).toBe('"x, ]"')
    expect(at('d')).toBe('null')
    expect(at('a')).toBe('[1, {"b \\"c": "x, ]"}]')
  })

  it('are those of the object that lacks it, for a member that is missing', () => {
    const { from, to } = placeOf(placesIn(text), 'a[1].missing')
    expect(text.slice(from, to)).toBe('{"b \\"c": "x, ]"}')
    expect(placeOf(placesIn(text), 'nowhere')).toEqual({ from: 0, to: text.length })
  })
})
