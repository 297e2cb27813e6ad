import { X509Certificate } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { VirtualClock } from '@oakestra/base/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ensureAuthority } from './authority.ts'
import { ensureServerCertificate } from './server-certificate.ts'
import { memoryAuthority } from './testing/memory-authority.ts'

const DAY_MS = 86_400_000
const clock = new VirtualClock()
let dir: string

beforeEach(async () => {
  dir = join(await mkdtemp(join(tmpdir(), 'oak-pki-')), 'made', 'as needed')
})

afterEach(async () => {
  await rm(join(dir, '..', '..'), { recursive: true, force: true })
})

const ensure = (name = 'test') => ensureAuthority({ dir, name, clock })

describe('ensureAuthority', () => {
  it('makes an authority once and keeps it, whatever name it is asked for later', async () => {
    const first = await ensure('one')
    const second = await ensure('two')
    expect(second.caPem).toBe(first.caPem)
    expect(second.caHash).toBe(first.caHash)
    expect(first.caHash).toMatch(/^[A-Za-z0-9_-]{43}$/)
  })

  it('keeps the key to its owner and leaves nothing else behind', async () => {
    await ensure()
    expect((await stat(join(dir, 'ca.key'))).mode & 0o777).toBe(0o600)
    expect((await stat(dir)).mode & 0o777).toBe(0o700)
    expect((await readdir(dir)).sort()).toEqual(['ca.crt', 'ca.key'])
  })

  it('goes on with the key when it was stopped before the certificate was there', async () => {
    await ensure()
    const keyPem = await readFile(join(dir, 'ca.key'), 'utf8')
    await rm(join(dir, 'ca.crt'))
    await writeFile(join(dir, 'ca.crt.tmp'), 'half a certif')
    const again = await ensure()
    expect(await readFile(join(dir, 'ca.key'), 'utf8')).toBe(keyPem)
    expect(await readFile(join(dir, 'ca.crt'), 'utf8')).toBe(again.caPem)
    expect((await readdir(dir)).sort()).toEqual(['ca.crt', 'ca.key'])
  })

  it('begins anew when it was stopped while writing the key', async () => {
    await ensure()
    await rm(join(dir, 'ca.crt'))
    await rm(join(dir, 'ca.key'))
    await writeFile(join(dir, 'ca.key.tmp'), '-----BEGIN', { mode: 0o644 })
    await ensure()
    expect((await stat(join(dir, 'ca.key'))).mode & 0o777).toBe(0o600)
  })

  it('refuses a certificate whose key is lost, and touches nothing', async () => {
    await ensure()
    await rm(join(dir, 'ca.key'))
    const before = await readFile(join(dir, 'ca.crt'), 'utf8')
    await expect(ensure()).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining('without its key') })
    expect(await readFile(join(dir, 'ca.crt'), 'utf8')).toBe(before)
    expect(await readdir(dir)).toEqual(['ca.crt'])
  })

  it.each([
    ['ca.key', ''],
    ['ca.key', 'garbage'],
    ['ca.crt', ''],
    ['ca.crt', 'garbage'],
  ])('refuses a damaged %s holding %j', async (file, content) => {
    await ensure()
    await writeFile(join(dir, file), content)
    await expect(ensure()).rejects.toMatchObject({ code: 'conflict' })
    expect(await readFile(join(dir, file), 'utf8')).toBe(content)
  })

  it('refuses the certificate of another authority beside its key', async () => {
    await ensure()
    await writeFile(join(dir, 'ca.crt'), (await memoryAuthority()).caPem)
    await expect(ensure()).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining('do not belong together') })
  })
})

describe('ensureServerCertificate', () => {
  it('keeps a good certificate, in whatever order its hosts are named', async () => {
    const authority = await memoryAuthority({ clock })
    const first = await ensureServerCertificate({ dir, authority, hosts: ['b', 'a', 'a'], clock })
    const second = await ensureServerCertificate({ dir, authority, hosts: ['a', 'b'], clock })
    expect(second).toEqual(first)
    expect(new X509Certificate(first.certificatePem).checkHost('oakestra-parent')).toBe('oakestra-parent')
    expect((await stat(join(dir, 'server.pem'))).mode & 0o777).toBe(0o600)
  })

  it('issues anew when the hosts, the authority or the file changed', async () => {
    const authority = await memoryAuthority({ clock })
    const options = { dir, authority, hosts: ['a', '10.0.0.1'], clock }
    const first = await ensureServerCertificate(options)
    const fewer = await ensureServerCertificate({ ...options, hosts: ['a'] })
    expect(fewer).not.toEqual(first)
    const other = await ensureServerCertificate({ ...options, hosts: ['a'], authority: await memoryAuthority({ clock }) })
    expect(other).not.toEqual(fewer)
    await writeFile(join(dir, 'server.pem'), other.keyPem + other.certificatePem.slice(0, 200))
    expect(await ensureServerCertificate(options)).not.toEqual(other)
  })

  it('issues anew when a third of the lifetime is left, and when the clock was set back', async () => {
    const moving = new VirtualClock()
    const options = { dir, authority: await memoryAuthority({ clock: moving }), hosts: [], clock: moving }
    const first = await ensureServerCertificate(options)
    moving.jumpWall(240 * DAY_MS)
    expect(await ensureServerCertificate(options)).toEqual(first)
    moving.jumpWall(5 * DAY_MS)
    const second = await ensureServerCertificate(options)
    expect(second).not.toEqual(first)
    moving.jumpWall(-DAY_MS)
    expect(await ensureServerCertificate(options)).not.toEqual(second)
  })
})
