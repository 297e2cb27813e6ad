import { describe, expect, test } from 'vitest'
import { parseImageConfig } from './config.ts'
import { chainIds, digestOf } from './digest.ts'
import { choosePlatform, type ImageIndex, parseManifest } from './manifest.ts'
import { parseChallenge } from './registry-auth.ts'

const json = (value: unknown) => Buffer.from(JSON.stringify(value))
const part = { mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', digest: `sha256:${'a'.repeat(64)}`, size: 5 }
const platform = { os: 'linux', architecture: 'amd64' }

describe('a manifest from a stranger', () => {
  test('is read', () => {
    expect(parseManifest(json({ config: part, layers: [part] }))).toEqual({ config: part, layers: [part] })
  })

  test.each([
    ['no JSON', Buffer.from('{')],
    ['a list', json([])],
    ['nothing', json({})],
    ['a layer without a digest', json({ config: part, layers: [{ size: 1 }] })],
    ['a digest with a path', json({ config: { ...part, digest: 'sha256:../../x' }, layers: [] })],
    ['a negative size', json({ config: part, layers: [{ ...part, size: -1 }] })],
    ['an enormous size', json({ config: part, layers: [{ ...part, size: 2 ** 50 }] })],
    ['too many layers', json({ config: part, layers: Array.from({ length: 200 }, () => part) })],
    [
      'a layer that is elsewhere',
      json({ config: part, layers: [{ ...part, mediaType: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip' }] }),
    ],
  ])('with %s is refused', (_, bytes) => {
    expect(() => parseManifest(bytes)).toThrow(expect.objectContaining({ code: 'image-invalid' }))
  })
})

describe('an index of platforms', () => {
  const entry = (architecture: string, size: number, variant?: string) => ({
    ...part,
    size,
    platform: { os: 'linux', architecture, ...(variant && { variant }) },
  })
  const index = (...manifests: ImageIndex['manifests']): ImageIndex => ({ manifests })

  test('gives the entry of this machine', () => {
    expect(choosePlatform(index(entry('arm64', 1), entry('amd64', 2)), platform).size).toBe(2)
  })

  test('prefers the exact variant', () => {
    expect(
      choosePlatform(index(entry('arm64', 1, 'v8'), entry('arm64', 2, 'v9')), { os: 'linux', architecture: 'arm64', variant: 'v8' }).size,
    ).toBe(1)
  })

  test('gives the only entry when it names no platform', () => {
    expect(choosePlatform(index({ ...part, size: 7 }), platform).size).toBe(7)
  })

  test('says what there is when nothing fits', () => {
    expect(() => choosePlatform(index(entry('arm64', 1)), platform)).toThrow('linux/arm64')
  })
})

describe("an image's configuration", () => {
  const base = { ...platform, rootfs: { diff_ids: [part.digest] } }

  test('has defaults for all it does not say', () => {
    expect(parseImageConfig(json(base), platform)).toEqual({
      environment: [],
      entrypoint: [],
      command: [],
      user: '',
      workingDir: '/',
      diffIds: [part.digest],
      chainId: part.digest,
    })
  })

  test.each([
    ['another architecture', { ...base, architecture: 'arm64' }],
    ['no layers', { ...platform }],
    ['an environment that is a text', { ...base, config: { Env: 'A=1' } }],
    ['a user that is a number', { ...base, config: { User: 5 } }],
  ])('with %s is refused', (_, document) => {
    expect(() => parseImageConfig(json(document), platform)).toThrow(expect.objectContaining({ code: 'image-invalid' }))
  })

  test('names snapshots as the specification says', () => {
    const [one = '', two = ''] = chainIds([part.digest, `sha256:${'b'.repeat(64)}`])
    expect(one).toBe(part.digest)
    expect(two).toBe(digestOf(`${part.digest} sha256:${'b'.repeat(64)}`))
  })
})

test.each([
  [
    'Bearer realm="https://auth/token",service="reg",scope="a:b,c"',
    { scheme: 'bearer', parameters: { realm: 'https://auth/token', service: 'reg', scope: 'a:b,c' } },
  ],
  ['Basic realm=plain', { scheme: 'basic', parameters: { realm: 'plain' } }],
  ['', { scheme: '', parameters: {} }],
])('reads the challenge %j', (header, expected) => {
  expect(parseChallenge(header)).toEqual(expected)
})
