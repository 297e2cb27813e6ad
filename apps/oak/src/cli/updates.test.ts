import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { until } from '@oakestra/base/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { RolloutView } from '../client/types.ts'
import { type CliHarness, startCli } from '../testing/cli-harness.ts'

let cli: CliHarness

beforeEach(async () => {
  cli = await startCli()
  cli.root.services.push({
    microserviceID: 'b'.repeat(24),
    microservice_name: 'web',
    microservice_namespace: 'test',
    applicationID: 'a'.repeat(24),
    application_name: 'shop',
    virtualization: 'docker',
    code: 'nginx:1',
    memory: 100,
    port: '',
    revision: 1,
    instance_list: [{ instance_number: 0, status: 'RUNNING', ready: true, revision: 2 }],
  })
})
afterEach(() => cli[Symbol.asyncDispose]())

const next = { microservice_name: 'web', microservice_namespace: 'test', virtualization: 'container', image: 'nginx:2', replicas: 2 }

function file(document: unknown): string {
  const path = join(cli.folder, 'next.json')
  writeFileSync(path, JSON.stringify(document))
  return path
}

/** Waits until the update is followed, then ends it. */
async function endRollout(end: Partial<RolloutView>): Promise<void> {
  await until('the second look', () => cli.root.requests.filter((request) => /^GET \/api\/service\/\w+$/.test(request)).length >= 4)
  const [service] = cli.root.services
  if (service?.rollout) service.rollout = { ...service.rollout, ...end }
}

describe('an update', () => {
  it('shows what changes, then follows it to its end', async () => {
    const updating = cli.run('service', 'update', 'web', '-f', file(next), '--wait')
    await endRollout({ state: 'done', detail: '' })
    const { code, stderr } = await updating
    expect(code).toBe(0)
    expect(stderr).toMatch(/^- code: "nginx:1"\n\+ code: "nginx:2"\n- memory: 100\n\+ replicas: 2\nnote: {2}memroy: has no effect/)
    expect(stderr).toContain('Updating web to revision 2: waiting for instance 0')
    expect(stderr).toContain('ok  Updating web to revision 2: RUNNING')
    expect(cli.root.bodies).toEqual([next])
  })

  it('takes the service out of a whole document', async () => {
    const other = { application_name: 'blog', microservices: [{ ...next, image: 'wrong' }] }
    const document = {
      sla_version: 'v2.0',
      applications: [other, { application_name: 'shop', microservices: [{ ...next, microservice_name: 'db' }, next] }],
    }
    expect((await cli.run('service', 'update', 'shop.web', '-f', file(document))).code).toBe(0)
    expect(cli.root.bodies).toEqual([next])
  })

  it('changes nothing with --dry-run, nor with a file about something else', async () => {
    const { code, stdout } = await cli.run('service', 'update', 'web', '-f', file(next), '--dry-run', '--json')
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toContainEqual({ field: 'code', before: 'nginx:1', after: 'nginx:2' })
    const wrong = await cli.run('service', 'update', 'web', '-f', file({ microservices: [{ ...next, microservice_name: 'db' }] }))
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('does not describe web.test\nnext:  it describes: db') })
    expect((await cli.run('service', 'update', 'web', '-f', file([]))).stderr).toContain('it must be a service')
    expect((await cli.run('service', 'update', 'web')).code).toBe(2)
    expect(cli.root.bodies).toEqual([])
  })

  it('that fails and is taken back ends with the reason', async () => {
    const updating = cli.run('service', 'update', 'web', '-f', file(next), '--wait')
    await endRollout({ state: 'rolled-back', to_revision: 3, detail: 'revision 2 failed: there is no image nginx:2' })
    const { code, stderr } = await updating
    expect(code).toBe(1)
    expect(stderr).toContain(
      'web was not brought to revision 2: revision 2 failed: there is no image nginx:2; it runs again what it ran before',
    )
    expect(stderr).toContain('oak service history shop.web')
  })

  it('that takes too long goes on, and its wait ends with the code for that', async () => {
    const { code, stderr } = await cli.run('service', 'update', 'web', '-f', file(next), '--wait', '--timeout', '0')
    expect(code).toBe(6)
    expect(stderr).toContain('web is not at revision 2 after 0 s (waiting for instance 0)')
  })

  it('is shown when the service is inspected', async () => {
    await cli.run('service', 'update', 'web', '-f', file(next))
    expect((await cli.run('service', 'inspect', 'web')).stdout).toMatch(/revision +2\nupdate +1 -> 2, rolling: waiting for instance 0\n/)
  })
})

describe('the past of a service', () => {
  it('is listed, the newest first, and gone back to', async () => {
    cli.root.revisions.push(
      { revision: 1, created: '2026-11-22T20:00:00.000Z', reason: 'created', image: 'nginx:0' },
      { revision: 2, created: '2026-11-22T21:00:00.000Z', reason: 'changed by Admin', image: 'nginx:1' },
    )
    Object.assign(cli.root.services[0] ?? {}, { revision: 2 })
    const { stdout, stderr } = await cli.run('service', 'history', 'web')
    expect(stdout).toMatch(/2 \(now\) .*nginx:1 +changed by Admin\n1 .*nginx:0 +created\n/)
    expect(stderr).toContain('oak service rollback shop.web --revision NUMBER')
    expect(await cli.run('service', 'rollback', 'web', '--revision', '1')).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('web changes to revision 3'),
    })
    await cli.run('service', 'rollback', 'web')
    expect(cli.root.bodies).toEqual([{ revision: 1 }, {}])
  })
})
