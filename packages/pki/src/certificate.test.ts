import { X509Certificate } from 'node:crypto'
import { OakError } from '@oakestra/base'
import { VirtualClock } from '@oakestra/base/testing'
import { describe, expect, it } from 'vitest'
import { generateKeyPem } from './key-pair.ts'
import { makeSigningRequest, readSigningRequest } from './signing-request.ts'
import { memoryAuthority, memoryIdentity } from './testing/memory-authority.ts'

const ID = '0123456789abcdef01234567'
const DAY_MS = 86_400_000

describe('certificates', () => {
  it('are read by OpenSSL as what they were made for', async () => {
    const clock = new VirtualClock(Date.UTC(2026, 5, 1))
    const authority = await memoryAuthority({ name: 'Röhre & Söhne, Ltd', clock })
    const ca = new X509Certificate(authority.caPem)
    expect(ca.ca).toBe(true)
    expect(ca.subject).toContain('CN=')
    const { certificatePem } = await authority.issueServer({ commonName: 'parent', hosts: ['oakestra-parent', '192.0.2.7', '2001:db8::1'] })
    const leaf = new X509Certificate(certificatePem)
    expect(leaf.checkIssued(ca)).toBe(true)
    expect(leaf.verify(ca.publicKey)).toBe(true)
    expect(leaf.ca).toBe(false)
    expect(leaf.checkHost('oakestra-parent')).toBe('oakestra-parent')
    expect(leaf.checkIP('192.0.2.7')).toBe('192.0.2.7')
    expect(leaf.subjectAltName).toBe('DNS:oakestra-parent, IP Address:192.0.2.7, IP Address:2001:DB8:0:0:0:0:0:1')
    expect(leaf.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1'])
    expect(Date.parse(leaf.validFrom)).toBe(Date.UTC(2026, 4, 31, 23))
    expect(Date.parse(leaf.validTo)).toBe(Date.UTC(2026, 5, 1) + 365 * DAY_MS)
  })

  it('may end beyond 2049', async () => {
    const authority = await memoryAuthority({ clock: new VirtualClock(Date.UTC(2040, 0, 1)) })
    expect(new Date(new X509Certificate(authority.caPem).validTo).getUTCFullYear()).toBe(2059)
  })

  it('never outlive their authority', async () => {
    const clock = new VirtualClock(Date.UTC(2026, 0, 1))
    const authority = await memoryAuthority({ clock })
    clock.jumpWall(20 * 365 * DAY_MS - DAY_MS)
    const { certificatePem } = await authority.issueServer({ commonName: 'late', hosts: ['late'] })
    expect(new X509Certificate(certificatePem).validTo).toBe(new X509Certificate(authority.caPem).validTo)
  })

  it('have serial numbers that do not repeat', async () => {
    const authority = await memoryAuthority()
    const serials = await Promise.all(
      Array.from(
        { length: 20 },
        async () => new X509Certificate((await memoryIdentity(authority, { kind: 'node', id: ID })).certificatePem).serialNumber,
      ),
    )
    expect(new Set(serials).size).toBe(20)
    for (const serial of serials) expect(serial).toMatch(/^[4-7][0-9A-F]{31}$/)
  })

  it.each(['', 'a b', '-x', 'x..y', 'ex\0ample', 'ä.example', '1.2.3.4/24'])('are refused for %j, which is no host', async (host) => {
    const authority = await memoryAuthority()
    await expect(authority.issueServer({ commonName: 'x', hosts: [host] })).rejects.toMatchObject({ code: 'bad-request' })
  })
})

describe('signing requests', () => {
  it('give the key back when its holder signed them', async () => {
    const keyPem = await generateKeyPem()
    expect(readSigningRequest(makeSigningRequest(keyPem, 'node')).asymmetricKeyType).toBe('ec')
  })

  it('are refused after any change of any byte, with an error of ours', async () => {
    const lines = makeSigningRequest(await generateKeyPem(), 'node').split('\n')
    const der = Buffer.from(lines.slice(1, -2).join(''), 'base64')
    for (let offset = 0; offset < der.length; offset += 1) {
      for (const flip of [0x01, 0x80, 0xff]) {
        const changed = Buffer.from(der)
        changed[offset] = (changed[offset] ?? 0) ^ flip
        const pem = `${lines[0]}\n${changed.toString('base64')}\n${lines.at(-2)}\n`
        expect(() => readSigningRequest(pem), `byte ${offset} ^ ${flip}`).toThrow(OakError)
      }
    }
  })

  it('are refused when cut short, empty or not PEM', async () => {
    const pem = makeSigningRequest(await generateKeyPem(), 'node')
    const der = Buffer.from(pem.split('\n').slice(1, -2).join(''), 'base64')
    const wrap = (bytes: Buffer) => `-----BEGIN CERTIFICATE REQUEST-----\n${bytes.toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`
    for (let length = 1; length < der.length; length += 1) expect(() => readSigningRequest(wrap(der.subarray(0, length)))).toThrow(OakError)
    expect(() => readSigningRequest(wrap(Buffer.concat([der, Buffer.from([5, 0])])))).toThrow(OakError)
    for (const text of ['', 'x', pem.replaceAll('CERTIFICATE REQUEST', 'CERTIFICATE'), pem + pem])
      expect(() => readSigningRequest(text)).toThrow(OakError)
  })

  it('are refused for a child without a proper id', async () => {
    const authority = await memoryAuthority()
    await expect(memoryIdentity(authority, { kind: 'node', id: `${ID},CN=cluster:${ID}` })).rejects.toMatchObject({ code: 'bad-request' })
  })
})
