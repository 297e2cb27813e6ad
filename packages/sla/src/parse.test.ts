import { LIMITS } from '@oakestra/base'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ParseResult } from './descriptor.ts'
import { parseServices, parseSla } from './parse.ts'
import { wantedPolicies } from './wanted-policies.ts'

const service = (extra: object = {}) => ({
  microservice_name: 'web',
  microservice_namespace: 't',
  virtualization: 'container',
  code: 'docker.io/library/nginx:alpine',
  ...extra,
})

const document = (...microservices: readonly unknown[]) => ({
  sla_version: 'v2.0',
  customerID: '',
  applications: [{ application_name: 'pair', application_namespace: 't', microservices }],
})

function valueOf<T>(result: ParseResult<T>): T {
  if (!result.ok) throw new Error(JSON.stringify(result.violations))
  return result.value
}

function serviceOf(extra: object) {
  const [only] = valueOf(parseServices(service(extra)))
  if (!only) throw new Error('no service')
  return only
}

function violationsOf(json: unknown) {
  const result = parseSla(json)
  return result.ok ? [] : result.violations
}

/** What forms and editors fill in for fields nobody touched. */
const UNTOUCHED = {
  microserviceID: '',
  vgpus: 0,
  vtpus: 0,
  bandwidth_in: 0,
  bandwidth_out: 0,
  storage: 0,
  state: '',
  added_files: [],
  constraints: [],
}

describe('documents that people have', () => {
  test('a list of services without an application', () => {
    const job = service({ ...UNTOUCHED, cmd: ['sh', '-c', 'echo done'], memory: 32, port: '', one_shot: true })
    const [only] = valueOf(parseServices({ microservices: [job] }))
    expect(only).toMatchObject({ name: 'web', oneShot: true, command: ['sh', '-c', 'echo done'], ports: [], resources: { memoryMiB: 32 } })
  })

  test('a bare service with wanted addresses', () => {
    const addresses = { rr_ip: '10.30.77.10', rr_ip_v6: 'fdff:2000::77:10' }
    const [only] = valueOf(parseServices(service({ ...UNTOUCHED, cmd: [], addresses })))
    expect(only).toMatchObject({ command: [], addresses: { roundRobinV4: '10.30.77.10', roundRobinV6: 'fdff:2000::77:10' } })
  })

  test('a unikernel whose command is one empty text', () => {
    const unikernel = service({ ...UNTOUCHED, virtualization: 'unikernel', cmd: [''], arch: ['amd64'], port: '80:80', addresses: {} })
    const [only] = valueOf(parseServices({ microservices: [unikernel] }))
    expect(only).toMatchObject({
      virtualization: 'unikernel',
      command: [],
      architectures: ['amd64'],
      ports: [{ hostPort: 80, containerPort: 80 }],
    })
  })

  test('the services of a whole document', () => {
    expect(valueOf(parseServices(document(service(), service({ microservice_name: 'cli' })))).map((each) => each.name)).toEqual([
      'web',
      'cli',
    ])
  })
})

describe('what is tolerated', () => {
  test('empty and null values read as absent', () => {
    const empty = {
      cmd: [],
      environment: [''],
      port: '',
      arch: [],
      addresses: {},
      volumes: [],
      constraints: [],
      connectivity: [],
      memory: null,
      state: '',
      args: null,
    }
    expect(serviceOf(empty)).toMatchObject({
      command: [],
      environment: [],
      ports: [],
      architectures: [],
      addresses: {},
      volumes: [],
      resources: { memoryMiB: 0 },
    })
  })

  test('an application without services or customer', () => {
    const bare = { sla_version: 'v2.0', applications: [{ application_name: 'a', application_namespace: 'b' }] }
    expect(valueOf(parseSla(bare))).toMatchObject({ customerId: '', applications: [{ name: 'a', description: '', services: [] }] })
  })

  test('other spellings of fields', () => {
    expect(serviceOf({ code: '', image: 'x', vcpu: 2, vgpu: 1, env: ['A=1'] })).toMatchObject({
      image: 'x',
      environment: ['A=1'],
      resources: { vcpus: 2, vgpus: 1 },
    })
    expect(serviceOf({ virtualization: 'docker' }).virtualization).toBe('container')
    expect(serviceOf({ arch: ['x86_64', 'amd64', 'aarch64'] }).architectures).toEqual(['amd64', 'arm64'])
  })

  test('integers written with a fraction of zero', () => {
    expect(serviceOf(JSON.parse('{"memory": 100.0}')).resources.memoryMiB).toBe(100)
  })

  test('keys that nobody knows are kept word for word', () => {
    const extra = { description: 'mine', nested: { deep: [1, { x: null }] } }
    expect(serviceOf(extra).source).toEqual(service(extra))
    const sla = {
      ...document(),
      applications: [{ application_name: 'a', application_namespace: 'b', microservices: [], team: 'x', action: 'create' }],
    }
    expect(valueOf(parseSla(sla)).applications[0]?.source).toEqual({ team: 'x' })
  })

  test('a service that was downloaded from a server', () => {
    const result = parseServices({
      microservices: [
        { ...service(), _id: { $oid: 'x' }, microserviceID: '65f0c0ffee0000000000a001', instance_list: [], RR_ip: '10.30.0.1' },
      ],
    })
    expect(result).toMatchObject({ ok: true, notes: [{ path: 'microservices[0].microserviceID' }] })
  })

  test('a slip in the name of a field is kept, and said to have no effect', () => {
    const result = parseServices(service({ memroy: 5, Ports: '80' }))
    expect(result).toMatchObject({
      ok: true,
      notes: [
        { path: 'memroy', text: 'is no field of a service and has no effect; did you mean memory?' },
        { path: 'Ports', text: expect.stringContaining('did you mean port?') },
      ],
    })
    expect(serviceOf({ memroy: 5 }).source).toMatchObject({ memroy: 5 })
  })

  test('a runtime that a node offers although nobody here knows it', () => {
    expect(parseServices(service({ virtualization: 'nabla' }))).toMatchObject({ ok: false })
    expect(parseServices(service({ virtualization: 'nabla' }), { runtimes: new Set(['nabla']) })).toMatchObject({ ok: true })
  })

  test('addresses in any spelling, in canonical form afterwards', () => {
    const addresses = { rr_ip: '10.30.77.10', rr_ip_v6: 'FDFF:2000:0:0::0077:10', closest_ip: '', closest_ip_v6: 'fdff:1000::1' }
    expect(serviceOf({ addresses }).addresses).toEqual({
      roundRobinV4: '10.30.77.10',
      roundRobinV6: 'fdff:2000::77:10',
      closestV6: 'fdff:1000::1',
    })
  })

  test('addresses of any policy, chosen by the user or not', () => {
    const policies = {
      'round-robin': { v4: '10.30.4.4' },
      sticky: true,
      fastest: { v6: 'FDFF:5000::5' },
      closest: {},
      'least-loaded': null,
    }
    const { addresses } = serviceOf({ addresses: { policies } })
    expect(addresses).toEqual({ roundRobinV4: '10.30.4.4', policies: { sticky: {}, fastest: { v6: 'fdff:5000::5' }, closest: {} } })
    expect(wantedPolicies(addresses).map(([policy]) => policy)).toEqual(['round-robin', 'closest', 'fastest', 'sticky'])
  })
})

describe('constraints', () => {
  const read = (...constraints: readonly object[]) => parseServices(service({ constraints }))

  test('are read with their lists', () => {
    const result = read(
      { type: 'direct', cluster: 'c1', node: 'n1; n2;' },
      { type: 'clusters', allowed: ['c1'] },
      { type: 'geo', location: '48;11', threshold: 5 },
    )
    expect(valueOf(result)[0]?.constraints).toEqual([
      { type: 'direct', cluster: 'c1', nodes: ['n1', 'n2'] },
      { type: 'clusters', allowed: ['c1'] },
      { type: 'geo', location: '48;11', thresholdKm: 5 },
    ])
  })

  test('of an unknown type are kept and noted', () => {
    const result = read({ type: 'moon', phase: 3 })
    expect(result).toMatchObject({ ok: true, notes: [{ path: 'constraints[0]', text: expect.stringContaining('not known') }] })
    expect(valueOf(result)[0]?.constraints).toEqual([{ type: 'unknown', word: 'moon' }])
  })

  test('that name nothing are noted, as the form of the dashboard sends them', () => {
    const result = read({ type: 'geo', threshold: 10 }, { type: 'clusters' })
    expect(result).toMatchObject({
      ok: true,
      notes: [{ text: expect.stringContaining('incomplete') }, { text: expect.stringContaining('names nothing') }],
    })
    expect(valueOf(result)[0]?.constraints).toEqual([{ type: 'unknown', word: 'geo' }])
  })
})

describe('what is refused, with place, expectation and finding', () => {
  const at = 'applications[0].microservices[0]'
  test.each([
    ['no code', { code: undefined }, `${at}.code`, 'image reference', 'nothing'],
    ['a hyphen in a name', { microservice_name: 'a-b' }, `${at}.microservice_name`, 'letters and digits', '"a-b"'],
    ['a name of 31 letters', { microservice_name: 'a'.repeat(31) }, `${at}.microservice_name`, '1 to 30', 'aaa'],
    ['an unknown runtime', { virtualization: 'teleport' }, `${at}.virtualization`, 'one of container', '"teleport"'],
    ['text for memory', { memory: 'lots' }, `${at}.memory`, 'whole number', '"lots"'],
    ['a negative number', { vcpus: -1 }, `${at}.vcpus`, 'from 0', '-1'],
    ['half a core', { vcpus: 0.5 }, `${at}.vcpus`, 'whole number', '0.5'],
    ['a unikernel without architecture', { virtualization: 'unikernel' }, `${at}.arch`, 'architectures', 'nothing'],
    ['a bad port', { port: '80-90' }, `${at}.port`, 'host[:container]', '"80-90"'],
    ['an address outside the range', { addresses: { rr_ip: '10.31.0.1' } }, `${at}.addresses.rr_ip`, '10.30.0.0/16', '"10.31.0.1"'],
    ['an octet that is none', { addresses: { rr_ip: '10.30.999.1' } }, `${at}.addresses.rr_ip`, '10.30.0.0/16', '"10.30.999.1"'],
    [
      'an IPv6 address of another policy',
      { addresses: { rr_ip_v6: 'fdff:1000::1' } },
      `${at}.addresses.rr_ip_v6`,
      'fdff:2000::/21',
      '"fdff:1000::1"',
    ],
    [
      'one address for two policies',
      { addresses: { rr_ip: '10.30.1.1', closest_ip: '10.30.1.1' } },
      `${at}.addresses.closest_ip`,
      'another',
      '"10.30.1.1"',
    ],
    [
      'a policy that nobody knows',
      { addresses: { policies: { cheapest: true } } },
      `${at}.addresses.policies.cheapest`,
      'one of round-robin, closest',
      '"cheapest"',
    ],
    [
      'an IPv6 address in the block of another policy',
      { addresses: { policies: { sticky: { v6: 'fdff:2000::1' } } } },
      `${at}.addresses.policies.sticky.v6`,
      'fdff:6000::/21',
      '"fdff:2000::1"',
    ],
    [
      'an address that is reserved',
      { addresses: { policies: { sticky: { v4: '10.30.0.0' } } } },
      `${at}.addresses.policies.sticky.v4`,
      'excepted',
      '"10.30.0.0"',
    ],
    [
      'one address for two policies, in two forms',
      { addresses: { rr_ip: '10.30.1.1', policies: { sticky: { v4: '10.30.1.1' } } } },
      `${at}.addresses.policies.sticky.v4`,
      'another address than rr_ip',
      '"10.30.1.1"',
    ],
    [
      'two addresses for one policy',
      { addresses: { rr_ip: '10.30.1.1', policies: { 'round-robin': { v4: '10.30.1.2' } } } },
      `${at}.addresses.policies.round-robin.v4`,
      'the same address as rr_ip',
      '"10.30.1.2"',
    ],
    ['a number for a policy', { addresses: { policies: { sticky: 5 } } }, `${at}.addresses.policies.sticky`, 'true, or an object', '5'],
    ['an environment entry without name', { environment: ['=x'] }, `${at}.environment[0]`, 'NAME=value', '"=x"'],
    ['NUL in an argument', { cmd: ['a\0b'] }, `${at}.cmd[0]`, 'without NUL', 'a'],
    [
      'a mount path that climbs',
      { volumes: [{ volume_id: 'v', csi_driver: 'd', mount_path: '/a/../b' }] },
      `${at}.volumes[0].mount_path`,
      'without ".."',
      '/a/../b',
    ],
  ])('%s', (_what, extra, path, expected, found) => {
    const violations = violationsOf(document(service(extra)))
    expect(violations).toHaveLength(1)
    expect(violations[0]).toMatchObject({ path, expected: expect.stringContaining(expected), found: expect.stringContaining(found) })
  })

  test.each([[1], ['1.0'], ['v1.0']])('version %j is read as v2.0, which a note says', (sla_version) => {
    const result = parseSla({ ...document(), sla_version })
    expect(result.ok && result.value.version).toBe('v2.0')
    expect(result.ok && result.notes[0]).toEqual({ path: 'sla_version', text: expect.stringContaining('read as v2.0') })
  })

  test.each([['v3'], [undefined], [2], [null]])('version %j', (sla_version) => {
    expect(violationsOf({ ...document(), sla_version })).toMatchObject([{ path: 'sla_version', expected: '"v2.0"' }])
  })

  test('a number as customer', () => {
    expect(violationsOf({ ...document(), customerID: 5 })).toMatchObject([{ path: 'customerID', found: '5' }])
  })

  test('two services of one name', () => {
    expect(violationsOf(document(service(), service()))).toMatchObject([{ path: 'applications[0].microservices[1].microservice_name' }])
  })

  test('everything at once', () => {
    const paths = violationsOf(document(service({ memory: 'x', port: '0' }), { virtualization: 'unikernel' })).map(
      (violation) => violation.path,
    )
    expect(paths).toEqual(expect.arrayContaining([`${at}.memory`, `${at}.port`]))
    const other = 'applications[0].microservices[1]'
    expect(paths).toEqual(expect.arrayContaining([`${other}.microservice_name`, `${other}.code`, `${other}.arch`]))
  })

  test('no more violations than help', () => {
    expect(violationsOf(document(...Array.from({ length: 200 }, () => 5)))).toHaveLength(LIMITS.violationsListed)
  })

  test('long findings are shortened', () => {
    expect(violationsOf({ ...document(), sla_version: 'x'.repeat(10_000) })[0]?.found.length).toBeLessThan(80)
  })
})

describe('hostile documents', () => {
  test('nesting without end', () => {
    const json: unknown = JSON.parse(`${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`)
    expect(parseSla(json)).toMatchObject({ ok: false, violations: [{ expected: expect.stringContaining('nesting') }] })
  })

  test('lists without end', () => {
    expect(violationsOf(document(service({ cmd: Array(100_000).fill(1) })))).toMatchObject([{ expected: 'at most 5000 entries' }])
  })

  test('any JSON at all', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (json) => {
        expect(parseSla(json).ok).toBe(false)
        parseServices(json)
      }),
    )
  })

  test('a good document with any one value replaced', () => {
    const good = service({
      port: '80',
      memory: 1,
      cmd: ['a'],
      environment: ['A=b'],
      constraints: [{ type: 'direct', node: 'x' }],
      volumes: [{ volume_id: 'v', csi_driver: 'd' }],
    })
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(good)), fc.jsonValue(), (key, value) => {
        const result = parseSla(document({ ...good, [key]: value }))
        if (!result.ok)
          for (const violation of result.violations) expect(violation.path).toContain(key === 'image' ? 'code' : key.slice(0, 4))
      }),
    )
  })
})
