import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { Disposal } from '@oakestra/base'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { descriptor, service } from './support/descriptor.ts'
import { buildEvilImage } from './support/evil-image.ts'
import { Images } from './support/images.ts'
import { isAlive } from './support/machine-view.ts'
import { freePorts, Oak, type Ran, run } from './support/oak.ts'
import { missingRights } from './support/rights.ts'

describe.skipIf(missingRights())('the program, given what it cannot use,', () => {
  const owned = new Disposal()
  let oak: Oak
  let images: Images
  let dir: string
  let token: string

  beforeAll(async () => {
    dir = await mkdtemp(path.join(os.tmpdir(), 'oak-bad-input-'))
    owned.defer(() => rm(dir, { recursive: true, force: true }))
    images = owned.use(await Images.build())
    oak = owned.use(await Oak.create())
    await oak.start()
    const password = (await readFile(path.join(oak.dataDir, 'root/initial-admin-password'), 'utf8')).trim()
    const login = await fetch(`${oak.apiUrl}/api/auth/login`, { method: 'POST', body: JSON.stringify({ username: 'Admin', password }) })
    token = ((await login.json()) as { token: string }).token
  })
  afterAll(() => owned[Symbol.asyncDispose]())

  afterEach(async () => {
    expect(await isAlive(oak.pid), await oak.log()).toBe(true)
    expect(await (await fetch(`${oak.apiUrl}/api/status`)).json()).toMatchObject({ ready: true })
  })

  describe('refuses a descriptor', () => {
    const AT = 'applications[0].microservices[0]'
    const cases: readonly (readonly [what: string, fields: Readonly<Record<string, unknown>>, path: string, expected: string])[] = [
      ['with a number that is a text', { memory: 'lots' }, `${AT}.memory`, 'a whole number from 0 to 4294967296'],
      ['with a negative number', { vcpus: -1 }, `${AT}.vcpus`, 'a whole number from 0 to 4294967296'],
      ['with a list that is an object', { cmd: { a: 1 } }, `${AT}.cmd`, 'a list of texts'],
      ['without a name', { microservice_name: undefined }, `${AT}.microservice_name`, '1 to 30 letters and digits'],
      ['with a slash in a name', { microservice_name: '../../etc' }, `${AT}.microservice_name`, '1 to 30 letters and digits'],
      ['with NUL in a command', { cmd: ['sleep', '1\0'] }, `${AT}.cmd[1]`, 'text without NUL characters'],
      ['with NUL in the place of its image', { code: 'file:///etc\0' }, `${AT}.code`, 'text without NUL characters'],
      ['without an image', { code: '' }, `${AT}.code`, 'an image reference or the URL of an archive'],
      ['with a port that is none', { port: '80;99999' }, `${AT}.port`, 'entries host[:container][/tcp|/udp] separated by ";"'],
      [
        'with a foreign service address',
        { addresses: { rr_ip: '192.0.2.1' } },
        `${AT}.addresses.rr_ip`,
        'an IPv4 address inside 10.30.0.0/16',
      ],
      ['with a rule that is no object', { constraints: ['here'] }, `${AT}.constraints[0]`, 'a constraint: an object with a type'],
    ]

    it.each(cases)('%s, naming the field and what is expected', async (_, fields, where, expected) => {
      const document = descriptor('bad', [service('web', { code: images.code('box'), ...fields })])
      const answer = await post(JSON.stringify(document))
      expect(answer.status).toBe(422)
      expect(answer.body.errors).toEqual([{ path: where, expected: expect.stringContaining(expected), found: expect.any(String) }])
      const ran = await create(document)
      expect(ran).toMatchObject({ code: 4, stdout: '', stderr: expect.stringContaining(`${where}: expected ${expected}`) })
      expect(await oak.json('app', 'list')).toEqual([])
    })

    it('with every mistake it has, at once', async () => {
      const ran = await create({ ...descriptor('bad/name', [service('web', { code: 5, memory: 'x' }), {}]), sla_version: 'v9' })
      expect(ran.code).toBe(4)
      const wrong = ['sla_version', 'application_name', '[0].code', '[0].memory', '[1].microservice_name', '[1].virtualization']
      for (const field of wrong) expect(ran.stderr).toContain(`${field}: expected`)
    })

    it('with a slip in the name of a field or an unknown rule not at all, but says what has no effect', async () => {
      const odd = service('web', { code: images.code('box'), memroy: 5, constraints: [{ type: 'moon' }] })
      expect(await create(descriptor('odd', [odd]))).toMatchObject({
        code: 0,
        stderr: expect.stringMatching(/memroy: .* no effect; did you mean memory\?[^]*constraints\[0\]: .* moon .* no effect/),
      })
      await oak.ok('app', 'delete', 'odd', '--yes')
    })
  })

  describe('refuses a body', () => {
    const cases: readonly (readonly [what: string, body: string | Buffer, status: number, message: string])[] = [
      ['of 10 MB of chance', randomBytes(10 * 1024 * 1024), 413, 'the body is too large: 2097152 bytes are taken'],
      ['that breaks off', '{"sla_version": "v2.0", "applica', 400, 'the body is not valid JSON'],
      ['that is no JSON', 'apiVersion: v1', 400, 'the body is not valid JSON'],
      ['of zeros', Buffer.alloc(1_000), 400, 'the body is not valid JSON'],
      ['that is nested a hundred thousand deep', '['.repeat(100_000), 400, 'the body is not valid JSON'],
      ['that is nothing', '', 400, 'this call needs a JSON body'],
      ['that is not a document', '[]', 422, 'expected a deployment document'],
    ]

    it.each(cases)('%s', async (_, body, status, message) => {
      const startedMs = performance.now()
      expect(await post(body)).toEqual({
        status,
        body: expect.objectContaining({ code: status, message: expect.stringContaining(message) }),
      })
      expect(performance.now() - startedMs).toBeLessThan(5_000)
    })

    it('of a stranger without looking at it', async () => {
      const answer = await fetch(`${oak.apiUrl}/api/application`, { method: 'POST', body: randomBytes(10 * 1024 * 1024) })
      expect(answer.status).toBe(401)
    })

    it('that is larger than is taken, also of a file, with the code for refusals', async () => {
      const ran = await create({ ...descriptor('big', []), padding: 'x'.repeat(10 * 1024 * 1024) })
      expect(ran).toMatchObject({ code: 4, stderr: expect.stringContaining('the body is too large') })
    })
  })

  describe('refuses a file', () => {
    it('that is not there, or not JSON, before anything is asked', async () => {
      expect(await oak.cli('app', 'create', '/nowhere.json')).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('cannot read /nowhere.json'),
      })
      const file = path.join(dir, 'broken.json')
      await writeFile(file, '{"sla_version": ')
      expect(await oak.cli('app', 'create', file)).toMatchObject({ code: 2, stderr: expect.stringContaining(`${file} is not JSON`) })
    })
  })

  describe('says why an instance does not run', () => {
    it('whose image is not there', async () => {
      await failsWith({ code: 'file:///nowhere/image.tar' }, 1, 'there is no image archive /nowhere/image.tar on this node')
      await failsWith({ code: 'file:///dev/zero' }, 1, '/dev/zero is not a file')
      await failsWith({ code: `${oak.apiUrl}/none.tar` }, 1, `${oak.apiUrl}/none.tar answered 404`)
    })

    it('whose registry does not answer', async () => {
      await failsWith({ code: '127.0.0.1:1/web:1' }, 1, 'cannot get http://127.0.0.1:1/v2/web/manifests/1: connect ECONNREFUSED')
    })

    it('whose archive is none, is cut off, or holds something else than it says', async () => {
      const good = await readFile(new URL(images.code('box')))
      const archive = async (name: string, content: Buffer) => {
        await writeFile(path.join(dir, name), content)
        return { code: `file://${dir}/${name}` }
      }
      await failsWith(await archive('garbage.tar', randomBytes(100_000)), 1, 'the archive cannot be read')
      await failsWith(await archive('short.tar', good.subarray(0, good.length / 2)), 1, 'archive')
      const changed = Buffer.from(good)
      changed.write('changed', good.length / 2)
      await failsWith(await archive('changed.tar', changed), 1, 'is not what its digest says')
    })

    it('whose program is not in its image, or ends again and again', async () => {
      await failsWith({ cmd: ['/bin/nope'] }, 1, 'cannot be run: exec: "/bin/nope"')
      const ran = await deploy('bad', { cmd: ['sh', '-c', 'echo cannot work >&2; exit 3'] }, '4s')
      expect(ran).toMatchObject({ code: 6, stderr: expect.stringContaining('exited with code 3') })
      expect(await oak.ok('service', 'logs', 'bad.web')).toContain('[stderr] cannot work')
      await oak.ok('app', 'delete', 'bad', '--yes')
    })

    it('that needs more than any node has, with the numbers', async () => {
      await failsWith({ memory: 99_000_000 }, 4, /needs 99000000 MiB of memory, largest free is \d+ MiB/)
      await failsWith({ vcpus: 4_000 }, 4, /needs 4000 vcpus on one node, the largest has \d+/)
      await failsWith({ constraints: [{ type: 'direct', cluster: 'nowhere' }] }, 4, 'no cluster is called nowhere')
    })

    it('whose port another program or another service has', async () => {
      const [port = 0] = await freePorts(1)
      const program = createServer().listen(port, '0.0.0.0')
      try {
        await failsWith({ port: `${port}:80` }, 1, `cannot publish port ${port}/tcp: a program of this machine has it`)
      } finally {
        program.close()
      }
      expect(await deploy('first', { port: `${port}:80`, cmd: ['sleep', '1000'] })).toMatchObject({ code: 0 })
      await failsWith({ port: `${port}:80` }, 4, `has host port ${port}/tcp taken already`)
      await oak.ok('app', 'delete', 'first', '--yes')
    })
  })

  it('writes nothing outside the image that tries to', async () => {
    const target = path.join(dir, 'target')
    await mkdir(target)
    const archive = await buildEvilImage(new URL(images.code('box')).pathname, dir, target)
    const { stdout: entries } = await run(['tar', '-tPf', archive])
    for (const entry of ['link/through-link', `../..${target}/climbed`, `${target}/absolute`]) expect(entries).toContain(entry)
    expect(await deploy('evil', { code: `file://${archive}`, cmd: ['sleep', '1000'] })).toMatchObject({ code: 0 })
    expect(await readdir(target)).toEqual([])
    await oak.ok('app', 'delete', 'evil', '--yes')
  })

  it('serves the next good request as if nothing had been', async () => {
    const [port = 0] = await freePorts(1)
    expect(await deploy('good', { code: images.code('demo-web'), port: `${port}:80`, cmd: [] })).toMatchObject({ code: 0 })
    expect(await (await fetch(`http://127.0.0.1:${port}`)).text()).toBe('Hello from web-0\n')
  })

  async function post(body: string | Buffer): Promise<{ readonly status: number; readonly body: { readonly errors?: unknown } }> {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const answer = await fetch(`${oak.apiUrl}/api/application`, { method: 'POST', body, headers })
    return { status: answer.status, body: (await answer.json()) as { errors?: unknown } }
  }

  async function create(document: unknown, ...more: readonly string[]): Promise<Ran> {
    const file = path.join(dir, 'descriptor.json')
    await writeFile(file, JSON.stringify(document))
    return oak.cli('app', 'create', '--file', file, ...more)
  }

  function deploy(name: string, fields: Readonly<Record<string, unknown>>, timeout = '30s'): Promise<Ran> {
    const document = descriptor(name, [service('web', { code: images.code('box'), ...fields })])
    return create(document, '--deploy', '--wait', '--timeout', timeout)
  }

  /** Deploys, expects this end and this reason from the command line and from the API, and removes it again. */
  async function failsWith(fields: Readonly<Record<string, unknown>>, code: number, reason: string | RegExp): Promise<void> {
    const ran = await deploy('bad', fields, code === 4 ? '1s' : '30s')
    expect(ran).toMatchObject({ code, stderr: expect.stringMatching(reason) })
    const inspected = await oak.ok('service', 'inspect', 'bad.web', '0')
    expect(inspected).toMatch(reason)
    await oak.ok('app', 'delete', 'bad', '--yes')
  }
})
