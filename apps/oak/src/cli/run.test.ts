import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { until } from '@oakestra/base/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type CliHarness, startCli } from '../testing/cli-harness.ts'

let cli: CliHarness

beforeEach(async () => {
  cli = await startCli()
})
afterEach(() => cli[Symbol.asyncDispose]())

/** Puts a descriptor with one application into a file. */
function descriptor(name: string, services: readonly string[]): string {
  const path = join(cli.folder, `${name}.json`)
  const microservices = services.map((microservice_name) => ({ microservice_name }))
  writeFileSync(
    path,
    JSON.stringify({ sla_version: 'v2.0', applications: [{ application_name: name, application_namespace: 'test', microservices }] }),
  )
  return path
}

describe('applications', () => {
  it('creates, lists and deletes, and takes the words of the older command line', async () => {
    const created = await cli.run('app', 'create', '-f', descriptor('shop', ['web', 'db']))
    expect(created).toMatchObject({ code: 0, stdout: `${cli.root.applications[0]?.applicationID}\n` })
    expect(created.stderr).toContain('Created shop with 2 service(s).')
    const listed = await cli.run('a', 'show')
    expect(listed.stdout).toMatch(/APPLICATION ID +NAME +NAMESPACE +SERVICES/)
    expect(listed.stdout).toMatch(/shop +test +2/)
    expect((await cli.run('application', 'rm', 'shop', '-y')).code).toBe(0)
    expect(cli.root.applications).toEqual([])
  })

  it('prints JSON alone on standard output when asked', async () => {
    await cli.run('app', 'create', descriptor('shop', ['web']))
    const { stdout, stderr } = await cli.run('app', 'list', '--json')
    expect(JSON.parse(stdout)).toMatchObject([{ application_name: 'shop' }])
    expect(stderr).toBe('')
  })

  it('deploys and waits when asked, and says so as it goes', async () => {
    const { code, stderr } = await cli.run('app', 'create', '--deploy', '--wait', descriptor('shop', ['web']))
    expect(code).toBe(0)
    expect(stderr).toMatch(/Waiting for web/)
    expect(stderr).toMatch(/ok {2}Waiting for web: RUNNING/)
  })

  it('names what a deletion destroys and does nothing without a yes', async () => {
    await cli.run('app', 'create', '--deploy', descriptor('shop', ['web']))
    const asked = await cli.run('app', 'delete', 'shop')
    expect(asked).toMatchObject({ code: 2 })
    expect(asked.stderr).toContain('This deletes shop with 1 service(s) and ends 1 instance(s). Nothing was done')
    cli.answer = 'n'
    expect((await cli.run('app', 'delete', 'shop')).code).toBe(1)
    cli.answer = 'y'
    expect((await cli.run('app', 'delete', 'shop')).code).toBe(0)
  })

  it('shows every violation of a refused descriptor', async () => {
    const path = join(cli.folder, 'bad.json')
    writeFileSync(path, '{}')
    const { code, stderr } = await cli.run('app', 'create', path)
    expect(code).toBe(4)
    expect(stderr).toContain(
      'the descriptor was refused: 2 things are wrong\n  sla_version: expected "v2.0", found nothing\n  applications:',
    )
  })
})

describe('services', () => {
  beforeEach(async () => {
    await cli.run('app', 'create', descriptor('shop', ['web', 'db']))
  })

  it('finds a service by name, by application and name, and by id', async () => {
    const id = cli.root.services[0]?.microserviceID ?? ''
    for (const word of ['web', 'shop.web', 'shop/web', id]) {
      expect(await cli.run('service', 'inspect', word)).toMatchObject({ code: 0, stdout: expect.stringContaining(id) })
    }
  })

  it('asks which one is meant when two have the same name', async () => {
    await cli.run('app', 'create', descriptor('blog', ['web']))
    const { code, stderr } = await cli.run('service', 'deploy', 'web')
    expect(code).toBe(2)
    expect(stderr).toContain('2 services are called "web"')
    expect(stderr).toContain('shop.web')
    expect((await cli.run('service', 'deploy', 'blog.web')).code).toBe(0)
  })

  it('guesses a mistyped name and ends with the code for not found', async () => {
    const { code, stderr } = await cli.run('service', 'inspect', 'wbe')
    expect(code).toBe(5)
    expect(stderr).toBe('error: there is no service "wbe"\nnext:  did you mean "web"?\n')
  })

  it('scales down by the youngest instances', async () => {
    await cli.run('s', 'deploy', 'web', '--count', '3')
    await cli.run('s', 'scale', 'down', 'web', '2')
    expect(cli.root.services[0]?.instance_list?.map((instance) => instance.instance_number)).toEqual([0])
  })

  it('prints the reason of every candidate when there is no place', async () => {
    cli.root.makeInstance = (number) => ({
      instance_number: number,
      status: 'NO_WORKER_CAPACITY',
      status_detail: 'no node can take it',
      candidates: [{ name: 'n1', reasons: ['needs 2 vcpus, 0.5 free', 'needs arm64'] }],
    })
    const { code, stderr } = await cli.run('service', 'deploy', 'web', '--wait', '--timeout', '0')
    expect(code).toBe(4)
    expect(stderr).toContain(
      'there is no place for web 0 (NO_WORKER_CAPACITY): no node can take it\n  n1: needs 2 vcpus, 0.5 free; needs arm64',
    )
  })

  it('follows an instance until it runs', async () => {
    cli.root.makeInstance = (number) => ({ instance_number: number, status: 'CREATING', status_detail: 'pulling image 40 %' })
    const waiting = cli.run('service', 'deploy', 'web', '--wait')
    await until('the second look', () => cli.root.requests.filter((request) => request.startsWith('GET /api/service/')).length >= 2)
    const [service] = cli.root.services
    if (service) service.instance_list = [{ instance_number: 0, status: 'RUNNING' }]
    const { code, stderr } = await waiting
    expect(code).toBe(0)
    expect(stderr).toContain('Waiting for web: CREATING: pulling image 40 %')
  })

  it('ends with the code for a wait that took too long', async () => {
    cli.root.makeInstance = (number) => ({ instance_number: number, status: 'REQUESTED' })
    const { code, stderr } = await cli.run('service', 'deploy', 'web', '--wait', '--timeout', '0')
    expect(code).toBe(6)
    expect(stderr).toContain('web does not run after 0 s (REQUESTED)')
  })

  it('reports a failure with its reason at once', async () => {
    cli.root.makeInstance = (number) => ({ instance_number: number, status: 'FAILED', status_detail: 'there is no image nginx:nope' })
    expect(await cli.run('service', 'deploy', 'web', '--wait')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('web 0 failed: there is no image nginx:nope'),
    })
  })
})

describe('logs', () => {
  beforeEach(async () => {
    await cli.run('app', 'create', '-d', descriptor('shop', ['web']))
    cli.root.logLines = [
      { time: '2026-11-22T20:00:00.000Z', stream: 'stdout', line: 'hello\u001b[2J' },
      { time: '2026-11-22T20:00:01.000Z', stream: 'stderr', line: 'oh no' },
    ]
  })

  it('marks standard error and lets no control character through', async () => {
    expect((await cli.run('service', 'logs', 'web', '--tail', '2')).stdout).toBe('hello[2J\n[stderr] oh no\n')
    expect((await cli.run('service', 'logs', 'web', '-t')).stdout).toContain('2026-11-22T20:00:00.000Z hello')
  })

  it('follows until it is interrupted and then ends well', async () => {
    const interrupt = new AbortController()
    const following = cli.runUntil(interrupt.signal, 'service', 'logs', 'web', '0', '--follow')
    await until('the follower', () => cli.root.requests.some((request) => request.includes('/logs?follow=true')))
    interrupt.abort()
    expect(await following).toMatchObject({ code: 0, stderr: '' })
  })
})

describe('login', () => {
  it('keeps tokens in a file only its owner can read, and never the password', async () => {
    delete cli.env['OAK_PASSWORD']
    cli.answer = cli.root.password
    expect((await cli.run('login', '--username', 'Admin')).code).toBe(0)
    const file = join(cli.folder, '.config/oak/logins.json')
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(readFileSync(file, 'utf8')).not.toContain(cli.root.password)
    expect((await cli.run('app', 'list')).code).toBe(0)
    expect((await cli.run('logout')).code).toBe(0)
    expect((await cli.run('app', 'list')).code).toBe(4)
  })

  it('renews a token that root no longer takes', async () => {
    delete cli.env['OAK_PASSWORD']
    cli.answer = cli.root.password
    await cli.run('login', '--username', 'Admin')
    cli.root.endTokens()
    expect((await cli.run('app', 'list')).code).toBe(0)
    expect(cli.root.requests).toContain('POST /api/auth/refresh')
  })

  it('uses the first password of this machine when nothing else is known', async () => {
    delete cli.env['OAK_PASSWORD']
    mkdirSync(join(cli.folder, 'data/root'), { recursive: true })
    writeFileSync(join(cli.folder, 'data/root/initial-admin-password'), `${cli.root.password}\n`)
    expect((await cli.run('app', 'list')).code).toBe(0)
  })

  it('says what is wrong with a wrong password', async () => {
    cli.env['OAK_PASSWORD'] = 'nope'
    const { code, stderr } = await cli.run('app', 'list')
    expect(code).toBe(4)
    expect(stderr).toContain('wrong user name or password')
  })
})

describe('clusters and nodes', () => {
  it('lists them and prints join tokens alone on standard output', async () => {
    cli.root.clusters.push({ _id: 'c'.repeat(24), cluster_name: 'munich', active: true, active_nodes: 2, cpu_percent: 3.25 })
    cli.root.nodes.push({
      id: 'd'.repeat(24),
      name: 'n1',
      cluster_id: 'c'.repeat(24),
      cluster_name: 'munich',
      state: 'disconnected',
    })
    expect((await cli.run('cl', 'ls')).stdout).toMatch(/munich +active +2/)
    expect((await cli.run('node', 'list')).stdout).toMatch(/n1 +munich +away/)
    expect((await cli.run('cluster', 'join-token', 'berlin')).stdout).toBe('cluster-token-berlin\n')
    expect((await cli.run('node', 'join-token', 'munich')).stdout).toBe(`node-token-${'c'.repeat(24)}\n`)
  })
})

describe('the command line itself', () => {
  it('ends with 2 for what it does not understand, and guesses', async () => {
    expect(await cli.run('servce', 'list')).toMatchObject({ code: 2, stderr: expect.stringContaining('Did you mean service?') })
    expect(await cli.run('cluster', 'lst')).toMatchObject({ code: 2, stderr: expect.stringContaining('did you mean "list" or "ls"?') })
    expect(await cli.run('service', 'deploy', 'web', '--count', 'many')).toMatchObject({ code: 2 })
    expect(await cli.run('service')).toMatchObject({ code: 2, stderr: expect.stringContaining('a command is missing') })
  })

  it('ends with 0 and prints to standard output when asked for help or the version', async () => {
    expect(await cli.run('--help')).toMatchObject({ code: 0, stdout: expect.stringContaining('Exit codes:') })
    expect(await cli.run('service', 'deploy', '--help')).toMatchObject({ code: 0, stdout: expect.stringContaining('--wait') })
    expect((await cli.run('version', '--json')).stdout).toContain('"version"')
  })

  it('ends with 3 and says how to start it when nothing answers', async () => {
    cli.env['OAK_API'] = '127.0.0.1:1'
    expect(await cli.run('app', 'list')).toMatchObject({ code: 3, stderr: expect.stringContaining('oak up --detach') })
    expect((await cli.run('status')).code).toBe(3)
  })

  it('refuses to start a cluster that has never joined before anything is set up', async () => {
    expect(await cli.run('cluster')).toMatchObject({ code: 2, stderr: expect.stringContaining('oak cluster join-token') })
  })

  it('tells how root is', async () => {
    const { code, stdout } = await cli.run('status', '--json')
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ ready: true, version: '9.9.9', daemons: [], counts: { services: 0 } })
  })

  it('completes commands, options and the names root knows', async () => {
    await cli.run('app', 'create', descriptor('shop', ['web', 'worker']))
    const words = async (...line: string[]) =>
      (await cli.run('__complete', '--', ...line)).stdout.split('\n').map((row) => row.split('\t')[0])
    expect(await words('serv')).toContain('service')
    expect(await words('service', 'de')).toContain('deploy')
    expect(await words('service', 'deploy', 'w')).toEqual(expect.arrayContaining(['web', 'worker']))
    expect(await words('service', 'deploy', '--wa')).toContain('--wait')
    expect(await words('app', 'create', '-f', '')).toEqual([''])
    expect((await cli.run('completion', 'bash')).stdout).toContain('complete -o default -F _oak oak')
  })

  it('shows the settings with their origin', async () => {
    cli.env['OAK_ROOT_API_PORT'] = '12000'
    expect((await cli.run('config', 'show')).stdout).toMatch(/root\.api\.port +12000 +OAK_ROOT_API_PORT/)
    cli.env['OAK_ROOT_API_PORT'] = 'x'
    expect(await cli.run('config', 'show')).toMatchObject({ code: 2 })
  })
})
