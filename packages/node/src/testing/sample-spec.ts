import type { InstanceSpec } from '@oakestra/model'

/** An ordinary instance of a web server. */
export function sampleSpec(changes: Partial<InstanceSpec> = {}): InstanceSpec {
  return {
    instanceId: 'a'.repeat(24),
    serviceId: 'b'.repeat(24),
    applicationId: 'c'.repeat(24),
    jobName: 'shop.prod.web.front',
    number: 0,
    revision: 1,
    virtualization: 'container',
    image: 'example/web:1',
    command: [],
    environment: ['MODE=test'],
    resources: { memoryMiB: 64, vcpus: 1, vgpus: 0, storageMiB: 0 },
    ports: [{ hostPort: 8080, containerPort: 80, protocol: 'tcp' }],
    oneShot: false,
    privileged: false,
    architectures: [],
    constraints: [],
    volumes: [],
    addresses: { v4: '10.30.0.2', v6: 'fdff::2' },
    serviceAddresses: [{ policy: 'round-robin', v4: '10.30.0.1', v6: 'fdff:2000::1' }],
    restart: { when: 'always' },
    disconnect: { action: 'replace', siteOnly: false },
    stopGraceMs: 10_000,
    term: 0,
    ...changes,
  }
}
