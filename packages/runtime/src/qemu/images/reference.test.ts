import { describe, expect, test } from 'vitest'
import { guestImageFor, parseGuestReference } from './reference.ts'

const SUM = 'ab'.repeat(32)

describe('a reference to a guest', () => {
  test('is the URL of an archive, whatever its path ends in', () => {
    const { archive } = parseGuestReference('https://example.org/dl?id=7')
    expect(archive.name).toBe('https://example.org/dl?id=7')
  })

  test.each(['/srv/a.tar.gz', 'file:///srv/a.tar.gz'])('is a file: %s', (image) => {
    expect(parseGuestReference(image)).toEqual({
      archive: { kind: 'archive', location: { path: '/srv/a.tar.gz' }, name: 'file:///srv/a.tar.gz' },
    })
  })

  test('may say what the archive must be, which is no part of its name', () => {
    const { archive, sha256 } = parseGuestReference(`http://example.org/a.tar.gz#sha256=${SUM.toUpperCase()}`)
    expect(sha256).toBe(SUM)
    expect(archive.name).toBe('http://example.org/a.tar.gz')
  })

  test.each(['nginx', 'ftp://example.org/a', 'file:///srv/..%2fa', 'file:///a%zz', `http://x/a#sha256=${SUM}0`, 'http://x/a#md5=1', ''])(
    'is not %j',
    (image) => {
      expect(() => parseGuestReference(image)).toThrow(expect.objectContaining({ code: 'image-invalid' }))
    },
  )
})

describe('several archives in one text', () => {
  test('are told apart by the architecture at the same place', () => {
    expect(guestImageFor('http://x/a, http://x/b', ['amd64', 'arm64'], 'arm64')).toBe('http://x/b')
  })

  test('are of no use to a machine they leave out', () => {
    expect(() => guestImageFor('http://x/a,http://x/b', ['amd64', 'arm64'], 'riscv64')).toThrow(/none is for riscv64/)
  })

  test('are not looked for in one', () => {
    expect(guestImageFor('http://x/a', ['amd64', 'arm64'], 'arm64')).toBe('http://x/a')
  })
})
