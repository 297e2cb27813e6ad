import { afterEach, beforeEach, expect, it } from 'vitest'
import { type CliHarness, startCli } from '../testing/cli-harness.ts'

const ID = 'b'.repeat(24)
let cli: CliHarness

beforeEach(async () => {
  cli = await startCli()
  cli.root.services.push({
    microserviceID: ID,
    microservice_name: 'web',
    microservice_namespace: 'test',
    applicationID: 'a'.repeat(24),
    application_name: 'shop',
    virtualization: 'docker',
    code: 'nginx:1',
    memory: 100,
    port: '',
    revision: 1,
    instance_list: [],
  })
})
afterEach(() => cli[Symbol.asyncDispose]())

it('publish says ports, host and nodes, and unpublish takes them back', async () => {
  const { code, stderr } = await cli.run(
    ...['service', 'publish', 'web', '-p', '8080:80', '--port', '53/udp', '--nodes', 'edge1', '--nodes', 'zone=a', '--host', 'a.example'],
  )
  expect({ code, stderr }).toMatchObject({
    code: 0,
    stderr: expect.stringContaining('web is published at 8080:80, 53/udp of edge1, zone=a'),
  })
  expect((await cli.run('service', 'unpublish', 'web')).code).toBe(0)
  expect(cli.root.requests).toContain(`PUT /api/service/${ID}/gateway`)
  expect(cli.root.bodies.slice(-2)).toEqual([
    { gateway: { ports: '8080:80;53/udp', host: 'a.example', nodes: ['edge1'], labels: ['zone=a'] } },
    { gateway: null },
  ])
})

it('publish needs a port', async () => {
  expect((await cli.run('service', 'publish', 'web')).code).toBe(2)
})
