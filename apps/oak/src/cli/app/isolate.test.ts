import { afterEach, beforeEach, expect, it } from 'vitest'
import { type CliHarness, startCli } from '../../testing/cli-harness.ts'

const ID = 'a'.repeat(24)
let cli: CliHarness

beforeEach(async () => {
  cli = await startCli()
  cli.root.applications.push({
    applicationID: ID,
    application_name: 'shop',
    application_namespace: 'prod',
    microservices: [],
    isolated: true,
  })
})
afterEach(() => cli[Symbol.asyncDispose]())

it('an application is isolated and opened again by its name, and inspect says how it is', async () => {
  const { code, stderr } = await cli.run('app', 'isolate', 'shop')
  expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining('shop is isolated') })
  expect((await cli.run('app', 'isolate', 'shop', '--off')).stderr).toContain('shop is not isolated')
  expect(cli.root.requests).toContain(`PUT /api/application/${ID}`)
  expect(cli.root.bodies.slice(-2)).toEqual([{ isolated: true }, { isolated: false }])
  expect((await cli.run('app', 'inspect', 'shop')).stdout).toMatch(/isolated +yes/)
})
