import type { InstanceSpec, NodeFacts } from '@oakestra/model'

export type SpecChanges = Partial<Omit<InstanceSpec, 'resources'>> & { readonly resources?: Partial<InstanceSpec['resources']> }

/** An ordinary instance of a service that shares its name's first letters: `web-1` belongs to `web`. */
export function specOf(instanceId: string, { resources, ...changes }: SpecChanges = {}): InstanceSpec {
  return {
    instanceId,
    serviceId: instanceId.split('-')[0] ?? instanceId,
    applicationId: 'shop',
    jobName: 'shop.t.web.t',
    number: 0,
    revision: 1,
    virtualization: 'container',
    image: 'example/web:1',
    command: [],
    environment: [],
    ports: [],
    oneShot: false,
    privileged: false,
    architectures: [],
    constraints: [],
    volumes: [],
    addresses: { v4: '10.30.0.2', v6: 'fdff::2' },
    serviceAddresses: [],
    restart: { when: 'always' },
    disconnect: { action: 'replace', siteOnly: false },
    stopGraceMs: 1_000,
    term: 0,
    ...changes,
    resources: { memoryMiB: 100, vcpus: 1, vgpus: 0, storageMiB: 0, ...resources },
  }
}

export function factsOf(name: string, changes: Partial<NodeFacts> = {}): NodeFacts {
  return {
    name,
    architecture: 'amd64',
    vcpus: 4,
    memoryMiB: 1_000,
    storageFreeMiB: 10_000,
    vgpus: 0,
    virtualizations: ['container'],
    occupiedPrefixes: [],
    address: '192.0.2.1',
    version: 'test',
    ...changes,
  }
}
