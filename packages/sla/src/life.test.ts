import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isLabel } from './labels.ts'
import { LIFE_DEFAULTS } from './life-defaults.ts'
import { parseServices } from './parse.ts'

const service = (extra: object = {}) => ({
  microservice_name: 'web',
  microservice_namespace: 't',
  virtualization: 'container',
  code: 'docker.io/library/nginx:alpine',
  ...extra,
})

function serviceOf(extra: object) {
  const result = parseServices(service(extra))
  const only = result.ok ? result.value[0] : undefined
  if (!only) throw new Error(JSON.stringify(result))
  return only
}

function violationsOf(extra: object) {
  const result = parseServices(service(extra))
  return result.ok ? [] : result.violations
}

function notesOf(extra: object) {
  const result = parseServices(service(extra))
  return result.ok ? result.notes : []
}

describe('how instances live', () => {
  test('has defaults where the document says nothing, or null', () => {
    const nothing = serviceOf({})
    expect(nothing).toMatchObject(LIFE_DEFAULTS)
    expect(nothing).not.toHaveProperty('replicas')
    expect(nothing).not.toHaveProperty('health')
    const nulls = { replicas: null, restart: null, stop_grace: null, health_check: null, disconnect: null, update: null }
    expect({ ...serviceOf(nulls), source: {} }).toEqual({ ...nothing, source: {} })
    expect({ ...serviceOf({ disconnect: {}, update: {} }), source: {} }).toEqual({ ...nothing, source: {} })
  })

  test('is read in milliseconds', () => {
    const document = {
      replicas: 3,
      restart: 'on-failure',
      stop_grace: 2.5,
      health_check: { http: { port: 80, path: '/health' }, start_delay: 1, period: 0.5, timeout: 0.25, threshold: 5 },
      disconnect: { policy: 'stop', after: 30, site_only: true },
      update: { strategy: 'recreate', min_ready: 0, deadline: 60.5, roll_back: false },
    }
    expect(serviceOf(document)).toMatchObject({
      replicas: 3,
      restart: { when: 'on-failure' },
      stopGraceMs: 2_500,
      health: {
        probe: { kind: 'http', port: 80, path: '/health' },
        startDelayMs: 1_000,
        periodMs: 500,
        timeoutMs: 250,
        threshold: 5,
      },
      disconnect: { action: 'stop', afterMs: 30_000, siteOnly: true },
      update: { strategy: 'recreate', maxUnavailable: 1, minReadyMs: 0, deadlineMs: 60_500, rollBack: false },
    })
  })

  test('keeps a part that was given beside the defaults of the others', () => {
    expect(serviceOf({ disconnect: { site_only: true } }).disconnect).toEqual({ action: 'replace', siteOnly: true })
    expect(serviceOf({ update: { max_unavailable: 4 } }).update).toEqual({ ...LIFE_DEFAULTS.update, maxUnavailable: 4 })
  })

  test.each([
    [{ http: { port: 80 } }, { kind: 'http', port: 80, path: '/' }],
    [
      { tcp: { port: 5432 }, http: null },
      { kind: 'tcp', port: 5432 },
    ],
    [{ command: ['/bin/check', '--quick'] }, { kind: 'command', command: ['/bin/check', '--quick'] }],
  ])('asks for health by %j, with the default pace', (check, probe) => {
    expect(serviceOf({ health_check: check }).health).toEqual({ probe, startDelayMs: 0, periodMs: 10_000, timeoutMs: 2_000, threshold: 3 })
  })

  test('no instance at all is a wish like any other', () => {
    expect(serviceOf({ replicas: 0 }).replicas).toBe(0)
  })
})

describe('what is refused, with place, expectation and finding', () => {
  test.each([
    ['a negative number of replicas', { replicas: -1 }, 'replicas', 'from 0 to 10000', '-1'],
    ['too many replicas', { replicas: 10_001 }, 'replicas', 'from 0 to 10000', '10001'],
    ['half a replica', { replicas: 1.5 }, 'replicas', 'whole number', '1.5'],
    ['an unknown restart policy', { restart: 'sometimes' }, 'restart', '"on-failure"', '"sometimes"'],
    ['a grace beyond an hour', { stop_grace: 3601 }, 'stop_grace', 'seconds from 0 to 3600', '3601'],
    ['a time with a unit', { stop_grace: '10s' }, 'stop_grace', 'seconds', '"10s"'],
    ['a check in no way', { health_check: {} }, 'health_check', 'exactly one', 'none of them'],
    ['a check in two ways', { health_check: { tcp: { port: 1 }, command: ['a'] } }, 'health_check', 'exactly one', 'tcp and command'],
    ['a check that is text', { health_check: '/health' }, 'health_check', 'an object', '"/health"'],
    ['a check without port', { health_check: { http: { path: '/' } } }, 'health_check.http.port', 'from 1 to 65535', 'nothing'],
    ['a port beyond the last', { health_check: { tcp: { port: 65_536 } } }, 'health_check.tcp.port', 'from 1 to 65535', '65536'],
    ['a relative path', { health_check: { http: { port: 1, path: 'up' } } }, 'health_check.http.path', 'begins with "/"', '"up"'],
    ['a path of two lines', { health_check: { http: { port: 1, path: '/a\r\nB: c' } } }, 'health_check.http.path', 'without spaces', '/a'],
    ['a command without program', { health_check: { command: [] } }, 'health_check.command', 'the program first', 'an empty list'],
    ['a pace of nothing', { health_check: { tcp: { port: 1 }, period: 0 } }, 'health_check.period', 'seconds from 0.1', '0'],
    ['a threshold of nothing', { health_check: { tcp: { port: 1 }, threshold: 0 } }, 'health_check.threshold', 'from 1 to 100', '0'],
    ['an unknown disconnect policy', { disconnect: { policy: 'run' } }, 'disconnect.policy', '"replace", "keep", "stop"', '"run"'],
    ['a negative time', { disconnect: { after: -1 } }, 'disconnect.after', 'seconds from 0', '-1'],
    ['an update that may touch nothing', { update: { max_unavailable: 0 } }, 'update.max_unavailable', 'from 1', '0'],
    ['an unknown strategy', { update: { strategy: 'canary' } }, 'update.strategy', '"rolling", "recreate"', '"canary"'],
    ['a label without value sign', { constraints: [{ type: 'labels', needs: ['gpu'] }] }, 'constraints[0].needs[0]', 'key=value', '"gpu"'],
  ])('%s', (_what, extra, path, expected, found) => {
    const violations = violationsOf(extra)
    expect(violations).toHaveLength(1)
    expect(violations[0]).toMatchObject({ path, expected: expect.stringContaining(expected), found: expect.stringContaining(found) })
  })

  test('everything at once', () => {
    const wrong = { replicas: 'all', health_check: { period: 0 }, disconnect: { policy: 1 }, update: 5, memory: 'x' }
    expect(violationsOf(wrong).map(({ path }) => path)).toEqual(
      expect.arrayContaining(['replicas', 'health_check', 'health_check.period', 'disconnect.policy', 'update', 'memory']),
    )
  })

  test('never with an exception, whatever stands there', () => {
    const keys = fc.constantFrom('replicas', 'restart', 'stop_grace', 'health_check', 'disconnect', 'update')
    fc.assert(
      fc.property(keys, fc.jsonValue(), (key, value) => {
        for (const { path } of violationsOf({ [key]: value })) expect(path).toContain(key)
      }),
    )
  })
})

describe('what is accepted with a remark', () => {
  test('a slip inside an object', () => {
    const check = { tcp: { port: 1 }, treshold: 2 }
    expect(notesOf({ health_check: check, stopGrace: 3, update: { roll_backs: true } })).toEqual([
      { path: 'stopGrace', text: 'is no field of a service and has no effect; did you mean stop_grace?' },
      { path: 'health_check.treshold', text: 'is no field of health_check and has no effect; did you mean threshold?' },
      { path: 'update.roll_backs', text: 'is no field of update and has no effect; did you mean roll_back?' },
    ])
  })

  test('a field that can do nothing beside the others', () => {
    const idle = {
      one_shot: true,
      restart: 'always',
      disconnect: { policy: 'keep', after: 5 },
      update: { strategy: 'recreate', max_unavailable: 2 },
    }
    expect(notesOf(idle).map(({ path }) => path)).toEqual(['restart', 'disconnect.after', 'update.max_unavailable'])
  })
})

describe('labels', () => {
  test('that a place must carry are a constraint', () => {
    expect(serviceOf({ constraints: [{ type: 'labels', needs: ['zone=a', ' tier= ', ''] }] }).constraints).toEqual([
      { type: 'labels', needs: ['zone=a', 'tier='] },
    ])
    expect(notesOf({ constraints: [{ type: 'labels', needs: [] }] })).toMatchObject([{ text: expect.stringContaining('names nothing') }])
  })

  test.each(['zone=a', 'a=', 'topology.example/zone=eu-1', 'A_b=1.2'])('%s is one', (text) => expect(isLabel(text)).toBe(true))
  test.each(['', 'zone', '=a', 'a b=c', 'a=b=c', '-a=b', 'a=-', `${'k'.repeat(64)}=v`, `k=${'v'.repeat(64)}`, 'a=b\n'])(
    '%j is none',
    (text) => expect(isLabel(text)).toBe(false),
  )
})
