import { processOf } from '@oakestra/model'
import { parseServices } from '@oakestra/sla'
import { expect, it } from 'vitest'
import { serviceDocument } from './service-document.ts'

const FULL = {
  microservice_name: 'web',
  microservice_namespace: 'test',
  virtualization: 'container',
  code: 'nginx',
  cmd: ['nginx', '-g', 'daemon off;'],
  environment: ['A=b=c'],
  memory: 100,
  vcpus: 2,
  vgpus: 1,
  storage: 10,
  port: '8080:80;53:53/udp',
  privileged: true,
  arch: ['arm64'],
  constraints: [
    { type: 'direct', cluster: 'munich', node: 'n1;n2' },
    { type: 'clusters', allowed: ['munich'] },
    { type: 'geo', location: '48.1,11.5', threshold: 5 },
    { type: 'latency', area: 'db', threshold: 20 },
    { type: 'labels', needs: ['zone=a'] },
    { type: 'mystery' },
  ],
  volumes: [{ volume_id: 'v', csi_driver: 'd', mount_path: '/data', config: { a: 'b' } }],
  restart: 'on-failure',
  stop_grace: 1.5,
  disconnect: { policy: 'stop', after: 30, site_only: true },
}

it.each([
  ['much', FULL],
  ['little', { microservice_name: 'web', microservice_namespace: 'test', virtualization: 'container', code: 'nginx' }],
  ['a check by HTTP', { ...FULL, health_check: { http: { port: 80, path: '/ok' }, start_delay: 3 } }],
  ['a check by TCP', { ...FULL, health_check: { tcp: { port: 80 }, period: 5 } }],
  ['a check by a command', { ...FULL, health_check: { command: ['true'], threshold: 5 } }],
])('a document made from an instance reads as what it was made from: %s', (_what, written) => {
  const process = processOf(read(written))
  const spec = {
    ...process,
    instanceId: 'i',
    serviceId: 's',
    applicationId: 'a',
    jobName: 'shop.test.web.test',
    number: 0,
    revision: 1,
    addresses: { v4: '', v6: '' },
    serviceAddresses: [],
    term: 0,
  }
  expect(processOf(read(serviceDocument('web', 'test', spec, process.constraints)))).toEqual(process)
})

function read(document: object) {
  const result = parseServices({ microservices: [document] })
  const [descriptor] = result.ok ? result.value : []
  if (!descriptor) throw new Error(JSON.stringify(result))
  return descriptor
}
