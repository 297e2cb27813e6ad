import type { Cluster, DesiredInstance, ObservedInstance, Service, Slot } from '@oakestra/model'
import { LIFE_DEFAULTS } from '@oakestra/sla'
import { expect, test } from 'vitest'
import { toWireCluster } from './cluster.ts'
import type { InstanceView } from './instance.ts'
import { toWireRevision, wireRevisionSchema } from './revision.ts'
import { toWireService } from './service.ts'

const service: Service = {
  id: 's',
  applicationId: 'a',
  applicationName: 'shop',
  applicationNamespace: 'test',
  descriptor: {
    name: 'web',
    namespace: 'test',
    virtualization: 'container',
    image: 'nginx',
    command: [],
    environment: [],
    resources: { memoryMiB: 0, vcpus: 0, vgpus: 0, storageMiB: 0 },
    ports: [],
    oneShot: false,
    privileged: false,
    architectures: [],
    addresses: {},
    constraints: [],
    volumes: [],
    ...LIFE_DEFAULTS,
    // As a document holds them that was read from a server.
    source: { replicas: 7, revision: 9, rollout: { state: 'done' }, stop_grace: 5 },
  },
  revision: 3,
  nextInstanceNumber: 2,
  addresses: [],
  createdAtMs: 0,
  removing: false,
}

const view = (number: number, extra: Partial<DesiredInstance> = {}, observed?: Partial<ObservedInstance>): InstanceView => ({
  instance: {
    id: `i${number}`,
    serviceId: 's',
    number,
    addresses: { v4: '10.30.0.1', v6: 'fdff::1' },
    createdAtMs: 0,
    removing: false,
    ...extra,
  },
  ...(observed && { observed: { instanceId: `i${number}`, revision: 3, state: 'running', detail: '', restarts: 0, ...observed } }),
  usage: { cpuHistory: [], memoryHistory: [] },
})

test('a service without wish or update says so, whatever its document held', () => {
  expect(toWireService({ service, instances: [] })).toMatchObject({ replicas: null, revision: 3, rollout: null, stop_grace: 5 })
})

test('an update is shown with where it comes from, and each instance with the revision it runs', () => {
  const rollout = { toRevision: 3, fromRevision: 2, state: 'rolling', startedAtMs: 0, detail: 'waiting for instance 1' } as const
  const instances = [view(0), view(1, { term: 4 }, { revision: 2, restarts: 1, health: 'unhealthy' }), view(2, {}, { health: 'healthy' })]
  expect(toWireService({ service: { ...service, replicas: 2, rollout }, instances })).toMatchObject({
    replicas: 2,
    revision: 3,
    rollout: { state: 'rolling', detail: 'waiting for instance 1', from_revision: 2, to_revision: 3, started: '1970-01-01T00:00:00.000Z' },
    instance_list: [
      { revision: 3, term: 0, health: null, ready: false },
      { revision: 2, term: 4, health: 'unhealthy', ready: false, restarts: 1 },
      { revision: 3, health: 'healthy', ready: true },
    ],
  })
})

test('an instance that is being moved says why', () => {
  const leaving = { reason: 'its cluster is removed' }
  expect(toWireService({ service, instances: [view(0, { leaving })] }).instance_list).toMatchObject([{ leaving: 'its cluster is removed' }])
})

test('a revision is shown without its descriptor', () => {
  const sent = toWireRevision({ revision: 1, descriptor: service.descriptor, createdAtMs: 0, reason: 'created' })
  expect(wireRevisionSchema.strict().parse(sent)).toEqual({
    revision: 1,
    created: '1970-01-01T00:00:00.000Z',
    reason: 'created',
    image: 'nginx',
  })
})

test('of a cluster is told what its nodes can do, what operators decided, and that it is given up', () => {
  const slot: Slot = {
    architecture: 'amd64',
    virtualizations: [],
    vcpusTotal: 1,
    vcpusFree: 1,
    memoryFreeMiB: 1,
    vgpusFree: 0,
    storageFreeMiB: 1,
  }
  const facts = {
    name: 'munich',
    location: '',
    activeNodes: 1,
    vcpusTotal: 1,
    memoryTotalMiB: 1,
    memoryFreeMiB: 1,
    vgpusTotal: 0,
    cpuPercent: 0,
    memoryPercent: 0,
    virtualizations: [],
    slots: [
      { ...slot, addons: ['a'], csiDrivers: ['d'] },
      { ...slot, addons: ['a', 'b'] },
    ],
    asOfGeneration: 0,
    apiPort: 1,
  }
  const cluster: Cluster = { id: 'c', name: 'munich', location: '', createdAtMs: 0, facts, cordoned: true, labels: ['zone=a'] }
  expect(toWireCluster(cluster, false, 'lost')).toMatchObject({
    active: false,
    presence: 'lost',
    cordoned: true,
    removing: false,
    labels: ['zone=a'],
    supported_addons: ['a', 'b'],
    csi_drivers: ['d'],
  })
  expect(toWireCluster(cluster, true)).toMatchObject({ active: true, presence: 'here' })
})
