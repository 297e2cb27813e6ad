import type { Application, Cluster, DesiredInstance, ObservedInstance, Rollout, Service } from '@oakestra/model'
import { type Constraint, LIFE_DEFAULTS, type ServiceDescriptor } from '@oakestra/sla'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { toWireApplication, wireApplicationSchema } from './application.ts'
import { toWireCluster, wireClusterSchema } from './cluster.ts'
import { type InstanceView, toWireInstance, wireInstanceSchema } from './instance.ts'
import { toWireService, wireServiceSchema } from './service.ts'
import { toWireUser, wireUserSchema } from './user.ts'

/*
 * What upstream's Go CLI and dashboard decode (`reference/experience.md` 1.5, 2.3), written down apart from our own
 * schemas: a change there must not change what clients are promised.
 */
const sample = z.strictObject({ value: z.string(), timestamp: z.iso.datetime() })
const decimal = z.string().regex(/^\d+\.\d{6}$/)
const goInstance = z.looseObject({
  instance_number: z.int(),
  host_port: z.int(),
  status: z.string(),
  status_detail: z.string(),
  publicip: z.string(),
  cluster_id: z.string(),
  cluster_location: z.string(),
  host_ip: z.string(),
  worker_id: z.string(),
  logs: z.string(),
  disk: z.string().regex(/^\d+$/),
  cpu_percent: decimal,
  memory_percent: decimal,
  cpu_history: z.array(sample),
  memory_history: z.array(sample),
})
const oid = z.strictObject({ $oid: z.string() })
const goService = z.looseObject({
  _id: oid,
  microserviceID: z.string(),
  microservice_name: z.string(),
  microservice_namespace: z.string(),
  applicationID: z.string(),
  application_name: z.string(),
  app_name: z.string(),
  application_namespace: z.string(),
  app_ns: z.string(),
  job_name: z.string(),
  status: z.string().optional(),
  status_detail: z.string().optional(),
  port: z.string(),
  code: z.string(),
  image: z.string(),
  virtualization: z.string(),
  RR_ip: z.string(),
  memory: z.int(),
  vcpus: z.int(),
  vgpus: z.int(),
  environment: z.array(z.string()),
  instance_list: z.array(goInstance),
})
const goApplication = z.looseObject({
  _id: oid,
  applicationID: z.string(),
  application_name: z.string(),
  application_namespace: z.string(),
  application_desc: z.string(),
  microservices: z.array(z.string()),
})
const goCluster = z.looseObject({
  _id: z.string(),
  cluster_name: z.string(),
  candidate_name: z.string(),
  ip: z.string(),
  port: z.union([z.string(), z.number()]),
  cluster_location: z.string(),
  active: z.boolean(),
  ...Object.fromEntries(
    ['active_nodes', 'total_cpu_cores', 'total_gpu_cores', 'vcpus', 'vgpus', 'memory_in_mb', 'vram'].map((key) => [key, z.int()]),
  ),
  ...Object.fromEntries(
    ['cpu_percent', 'memory_percent', 'aggregated_cpu_percent', 'gpu_percent', 'gpu_temp', 'vram_percent', 'last_modified_timestamp'].map(
      (key) => [key, z.number()],
    ),
  ),
  ...Object.fromEntries(['virtualization', 'csi_drivers', 'supported_addons', 'gpu_drivers'].map((key) => [key, z.array(z.string())])),
})

const id = fc.stringMatching(/^[0-9a-f]{24}$/)
const name = fc.stringMatching(/^[a-zA-Z0-9]{1,30}$/)
const words = fc.array(fc.string(), { maxLength: 3 })
const amount = fc.double({ min: 0, max: 1e9, noNaN: true })
const time = fc.integer({ min: 0, max: 4e12 })
const sent = fc.dictionary(fc.string(), fc.jsonValue()).map((bag) => bag as Readonly<Record<string, unknown>>)
const optional = <T extends object>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }) => fc.record(model, { requiredKeys: [] })

const descriptor: fc.Arbitrary<ServiceDescriptor> = fc.record({
  name,
  namespace: name,
  virtualization: fc.constantFrom('container', 'unikernel', 'runsc'),
  image: fc.string(),
  command: words,
  environment: words,
  resources: fc.record({ memoryMiB: amount, vcpus: amount, vgpus: amount, storageMiB: amount }),
  ports: fc.array(
    fc.record({ hostPort: fc.nat(65535), containerPort: fc.nat(65535), protocol: fc.constantFrom('tcp' as const, 'udp' as const) }),
  ),
  oneShot: fc.boolean(),
  privileged: fc.boolean(),
  architectures: words,
  addresses: fc.constant({}),
  constraints: fc.constant<Constraint[]>([]),
  volumes: fc.constant([]),
  restart: fc.constant(LIFE_DEFAULTS.restart),
  disconnect: fc.constant(LIFE_DEFAULTS.disconnect),
  update: fc.constant(LIFE_DEFAULTS.update),
  stopGraceMs: fc.nat(),
  source: sent,
})
const merge = <A extends object, B extends object>(a: fc.Arbitrary<A>, b: fc.Arbitrary<B>): fc.Arbitrary<A & B> =>
  fc.tuple(a, b).map(([x, y]) => ({ ...x, ...y }))
const rollout: fc.Arbitrary<Rollout> = fc.record({
  toRevision: fc.nat(),
  fromRevision: fc.nat(),
  state: fc.constantFrom('rolling', 'done', 'failed', 'rolled-back'),
  startedAtMs: time,
  detail: fc.string(),
})
const service: fc.Arbitrary<Service> = merge(
  fc.record({
    id,
    applicationId: id,
    applicationName: name,
    applicationNamespace: name,
    descriptor,
    revision: fc.nat(),
    nextInstanceNumber: fc.nat(),
    addresses: fc.array(fc.record({ policy: fc.constantFrom('round-robin' as const, 'closest' as const), v4: fc.ipV4(), v6: fc.ipV6() }), {
      maxLength: 2,
    }),
    createdAtMs: time,
    removing: fc.boolean(),
  }),
  optional({ replicas: fc.nat(), rollout }),
)
const rejection = fc.record({
  word: fc.constantFrom('TargetClusterNotFound' as const, 'NO_WORKER_CAPACITY' as const),
  detail: fc.string(),
  candidates: fc.array(fc.record({ id, name: fc.string(), reasons: words }), { maxLength: 2 }),
})
const desired: fc.Arbitrary<DesiredInstance> = merge(
  fc.record({
    id,
    serviceId: id,
    number: fc.nat(),
    addresses: fc.record({ v4: fc.ipV4(), v6: fc.ipV6() }),
    createdAtMs: time,
    removing: fc.boolean(),
  }),
  optional({ clusterId: id, rejection, term: fc.nat(), revision: fc.nat(), leaving: fc.record({ reason: fc.string() }) }),
)
const observed: fc.Arbitrary<ObservedInstance> = merge(
  fc.record({
    instanceId: id,
    revision: fc.nat(),
    state: fc.constantFrom('creating', 'running', 'stopping', 'completed', 'failed', 'dead', 'unplaced', 'node-scheduled'),
    detail: fc.string(),
    restarts: fc.nat(),
  }),
  optional({
    exitCode: fc.integer(),
    startedAtMs: time,
    rejection,
    nodeId: id,
    nodeName: name,
    hostAddress: fc.ipV4(),
    health: fc.constantFrom('starting', 'healthy', 'unhealthy'),
  }),
)
const history = fc.array(fc.record({ atMs: time, value: amount }), { maxLength: 120 })
const usage = merge(
  fc.record({ cpuHistory: history, memoryHistory: history }),
  optional({ latest: fc.record({ cpuPercent: amount, memoryBytes: amount, diskBytes: amount }) }),
)
const view: fc.Arbitrary<InstanceView> = merge(
  fc.record({ instance: desired, usage }),
  optional({ observed, cluster: fc.record({ name, location: fc.string() }), logs: fc.string() }),
)
const facts = fc.record({
  name,
  location: fc.string(),
  activeNodes: fc.nat(),
  vcpusTotal: amount,
  memoryTotalMiB: amount,
  memoryFreeMiB: amount,
  vgpusTotal: amount,
  cpuPercent: amount,
  memoryPercent: amount,
  virtualizations: words,
  slots: fc.array(
    fc.record({
      architecture: fc.string(),
      virtualizations: words,
      vcpusTotal: amount,
      vcpusFree: amount,
      memoryFreeMiB: amount,
      vgpusFree: amount,
      storageFreeMiB: amount,
    }),
    { maxLength: 3 },
  ),
  asOfGeneration: fc.nat(),
  apiPort: fc.nat(65535),
})
const cluster: fc.Arbitrary<Cluster> = merge(
  fc.record({ id, name, location: fc.string(), createdAtMs: time }),
  optional({ facts, address: fc.ipV4(), lastSeenAtMs: time, cordoned: fc.boolean(), labels: words }),
)

/** As it leaves: what JSON drops or changes counts. */
const overTheWire = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

describe('whatever the domain holds, clients decode', () => {
  test('services with their instances', () => {
    fc.assert(
      fc.property(service, fc.array(view, { maxLength: 3 }), (owner, instances) => {
        const sent = overTheWire(toWireService({ service: owner, instances }))
        goService.parse(sent)
        wireServiceSchema.parse(sent)
      }),
    )
  })

  test('an instance by itself', () => {
    fc.assert(
      fc.property(service, view, (owner, instance) => {
        const sent = overTheWire(toWireInstance(instance, owner))
        goInstance.parse(sent)
        z.strictObject(wireInstanceSchema.shape).parse(sent)
      }),
    )
  })

  test('applications', () => {
    const application: fc.Arbitrary<Application> = fc.record({
      id,
      name,
      namespace: name,
      description: fc.string(),
      owner: name,
      createdAtMs: time,
      source: sent,
    })
    fc.assert(
      fc.property(application, fc.array(id), (owner, services) => {
        const sent = overTheWire(toWireApplication(owner, services))
        goApplication.parse(sent)
        wireApplicationSchema.parse(sent)
      }),
    )
  })

  test('clusters, before and after their first report', () => {
    fc.assert(
      fc.property(cluster, fc.boolean(), (each, connected) => {
        const sent = overTheWire(toWireCluster(each, connected))
        goCluster.parse(sent)
        z.strictObject(wireClusterSchema.shape).parse(sent)
      }),
    )
  })
})

function firstOf<T>(arbitrary: fc.Arbitrary<T>): T {
  const [value] = fc.sample(arbitrary, { numRuns: 1, seed: 4 })
  if (value === undefined) throw new Error('no sample')
  return value
}

const plainInstance = (number: number, extra: Partial<DesiredInstance> = {}): InstanceView => ({
  instance: {
    id: `i${number}`,
    serviceId: 's',
    number,
    addresses: { v4: '10.30.0.1', v6: 'fdff::1' },
    createdAtMs: 1000,
    removing: false,
    ...extra,
  },
  usage: { cpuHistory: [], memoryHistory: [] },
})

test("upstream's word for a container is docker, and the user's own text for ports is kept", () => {
  const owner = firstOf(service)
  const descriptor = {
    ...owner.descriptor,
    virtualization: 'container',
    source: { port: '8080:80/tcp', team: 'x', instance_list: 'no', status: 'no' },
  }
  const sent = toWireService({ service: { ...owner, descriptor }, instances: [] })
  expect(sent).toMatchObject({ virtualization: 'docker', port: '8080:80/tcp', team: 'x', instance_list: [] })
  expect(sent).not.toHaveProperty('status')
})

test('an instance leaves the list when its removal is asked for', () => {
  const sent = toWireService({ service: firstOf(service), instances: [plainInstance(0, { removing: true }), plainInstance(1)] })
  expect(sent.instance_list.map((instance) => instance.instance_number)).toEqual([1])
  expect(sent.status).toBe('REQUESTED')
})

test('memory is shown in percent of what was asked for, its history in bytes', () => {
  const owner = firstOf(service)
  const asking = { ...owner, descriptor: { ...owner.descriptor, resources: { memoryMiB: 100, vcpus: 0, vgpus: 0, storageMiB: 0 } } }
  const usage = {
    latest: { cpuPercent: 1.25, memoryBytes: 26_214_400, diskBytes: 40_960 },
    cpuHistory: [],
    memoryHistory: [{ atMs: 0, value: 26_214_400 }],
  }
  expect(toWireInstance({ ...plainInstance(0), usage }, asking)).toMatchObject({
    cpu_percent: '1.250000',
    memory_percent: '25.000000',
    disk: '40960',
    memory_history: [{ value: '26214400.000000', timestamp: '1970-01-01T00:00:00.000Z' }],
  })
})

test('an instance without a place tells why each candidate was refused', () => {
  const rejection = {
    word: 'TargetClusterNotFound' as const,
    detail: 'no cluster is called absent',
    candidates: [{ id: 'c', name: 'munich', reasons: ['another name'] }],
  }
  expect(toWireInstance(plainInstance(0, { rejection }), firstOf(service))).toMatchObject({
    status: 'TargetClusterNotFound',
    status_detail: 'no cluster is called absent',
    candidates: [{ name: 'munich', reasons: ['another name'] }],
  })
})

test('a user is shown without the hash of the password', () => {
  const user = {
    id: 'u',
    name: 'Admin',
    email: '',
    createdAtMs: Date.UTC(2026, 0, 31, 9, 5),
    mustChangePassword: true,
    roles: ['Admin'],
    organizationId: 'o',
  }
  const sent = toWireUser({ ...user, ...{ passwordHash: 'secret' } })
  expect(z.strictObject(wireUserSchema.shape).parse(sent)).toMatchObject({ _id: { $oid: 'u' }, created_at: '31/01/2026 09:05' })
})
