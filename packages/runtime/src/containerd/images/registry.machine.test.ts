import { readFile } from 'node:fs/promises'
import { until } from '@oakestra/base/testing'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Runtime } from '../../runtime.ts'
import { busyboxLayer } from '../../testing/busybox.ts'
import { type ContainerdMachine, containerdMissing, createContainerdMachine } from '../../testing/containerd-machine.ts'
import { FakeRegistry, type FakeRegistryOptions } from '../../testing/fake-registry.ts'
import { buildOciImage, type OciImage } from '../../testing/oci-archive.ts'
import type { RegistryOptions } from '../options.ts'
import { platformOf } from './manifest.ts'

const missing = containerdMissing()
if (missing) console.warn(`skipped: tests of pulling images (${missing})`)

const nothing = () => undefined
const ARCHITECTURE = platformOf(process.arch).architecture
const credentials = { username: 'user', password: 's3cret' }
const ECHO = { Env: ['PATH=/bin'], Entrypoint: ['/bin/echo', 'pulled'] }

describe.skipIf(missing)('pulling from a registry', () => {
  let machine: ContainerdMachine
  let image: OciImage
  let count = 0
  const open: AsyncDisposable[] = []
  beforeAll(async () => {
    machine = await createContainerdMachine()
    image = await buildOciImage({ name: 'x', layers: [busyboxLayer()], config: ECHO })
  })
  afterAll(() => machine?.[Symbol.asyncDispose]())
  afterEach(async () => {
    for (const each of open.splice(0)) await each[Symbol.asyncDispose]()
  })

  async function registry(options: FakeRegistryOptions = {}): Promise<FakeRegistry> {
    const started = await FakeRegistry.start(options)
    open.push(started)
    return started
  }

  /** Each test has a containerd namespace of its own, so that nothing is there yet; blobs are shared, so they differ. */
  async function runtime(options: RegistryOptions = {}): Promise<Runtime> {
    count += 1
    const started = await machine.runtime({ registry: options, namespace: `${machine.namespace}-${count}` })
    open.push(started)
    return started
  }

  const uniqueImage = (content: string | Buffer = `${performance.now()}`) =>
    buildOciImage({ name: 'x', layers: [busyboxLayer(), [{ path: 'unique', content }]], config: ECHO })

  test('gives an image that runs', async () => {
    const server = await registry()
    server.push('lab/echo', '1', image)
    const puller = await runtime()
    const phases = new Set<string>()
    await puller.ensureImage(`${server.host}/lab/echo:1`, ({ phase }) => phases.add(phase))
    expect([...phases]).toEqual(['resolving', 'downloading', 'unpacking'])
    const spec = await machine.spec('echo', { image: `${server.host}/lab/echo:1` })
    await puller.start(spec)
    await until('it has printed', async () => (await readFile(spec.stdoutPath, 'utf8')) === 'pulled\n')
    await puller.remove('echo')
  })

  test('asks nobody when the image is there', async () => {
    const server = await registry()
    server.push('lab/echo', 'latest', image)
    const puller = await runtime()
    await puller.ensureImage(`${server.host}/lab/echo`, nothing)
    server.failWith = 500
    await puller.ensureImage(`${server.host}/lab/echo:latest`, nothing)
  })

  test('asks once for several who want the same', async () => {
    const server = await registry()
    server.push('lab/echo', '1', image)
    const puller = await runtime()
    await Promise.all([1, 2, 3].map(() => puller.ensureImage(`${server.host}/lab/echo:1`, nothing)))
    expect(server.count(/manifests/)).toBe(1)
  })

  test('goes on for the others when one calls off', async () => {
    const server = await registry()
    server.push('lab/echo', '1', await uniqueImage())
    const puller = await runtime()
    const abort = new AbortController()
    const left = puller.ensureImage(`${server.host}/lab/echo:1`, nothing, abort.signal)
    const stays = puller.ensureImage(`${server.host}/lab/echo:1`, nothing)
    abort.abort()
    await expect(left).rejects.toMatchObject({ code: 'aborted' })
    await stays
  })

  test('chooses the platform of this machine', async () => {
    const server = await registry()
    const foreign = await buildOciImage({ name: 'x', architecture: 's390x', layers: [busyboxLayer()], config: ECHO })
    const top = server.push('lab/echo', '1', { ...foreign, architecture: 's390x' }, { ...image, architecture: ARCHITECTURE })
    await (await runtime()).ensureImage(`${server.host}/lab/echo:1`, nothing)
    await (await runtime()).ensureImage(`${server.host}/lab/echo@${top.digest}`, nothing)
    server.push('lab/echo', 'foreign', { ...foreign, architecture: 's390x' }, { ...foreign, architecture: 'riscv64' })
    await expect((await runtime()).ensureImage(`${server.host}/lab/echo:foreign`, nothing)).rejects.toMatchObject({
      code: 'image-invalid',
      message: expect.stringContaining('linux/s390x, linux/riscv64'),
    })
  })

  test.each(['bearer', 'basic'] as const)('shows its credentials when asked for %s authentication', async (auth) => {
    const server = await registry({ auth, credentials })
    server.push('lab/echo', '1', image)
    await (await runtime({ credentials: { [server.host]: credentials } })).ensureImage(`${server.host}/lab/echo:1`, nothing)
    await expect((await runtime()).ensureImage(`${server.host}/lab/echo:1`, nothing)).rejects.toMatchObject({ code: 'unauthenticated' })
  })

  test('fetches a token although it has no credentials', async () => {
    const server = await registry({ auth: 'bearer' })
    server.push('lab/echo', '1', image)
    await (await runtime()).ensureImage(`${server.host}/lab/echo:1`, nothing)
  })

  test('keeps its credentials from where blobs are redirected to', async () => {
    const cloud = await registry()
    const server = await registry({ auth: 'basic', credentials, redirectBlobsTo: `http://${cloud.host}` })
    const fresh = await uniqueImage()
    cloud.push('lab/echo', '1', fresh)
    server.push('lab/echo', '1', fresh)
    await (await runtime({ credentials: { [server.host]: credentials } })).ensureImage(`${server.host}/lab/echo:1`, nothing)
    expect(cloud.count(/blobs/)).toBeGreaterThan(0)
    expect(cloud.requests.some(({ headers }) => headers.authorization)).toBe(false)
  })

  test('goes on where a download broke off', async () => {
    const server = await registry()
    const random = Buffer.from(Array.from({ length: 300_000 }, () => Math.trunc(Math.random() * 256)))
    server.push('lab/echo', '1', await uniqueImage(random))
    const puller = await runtime()
    server.breakAfterBytes = 150_000
    await expect(puller.ensureImage(`${server.host}/lab/echo:1`, nothing)).rejects.toMatchObject({ code: 'unavailable' })
    await puller.ensureImage(`${server.host}/lab/echo:1`, nothing)
    expect(server.requests.filter(({ headers }) => headers.range).length).toBeGreaterThan(0)
  })

  test('refuses content that is not what its digest says', async () => {
    const server = await registry()
    const fresh = await uniqueImage()
    server.push('lab/echo', '1', fresh)
    const layer = fresh.blobs[2]
    if (layer) server.forge(layer.digest, Buffer.alloc(layer.size))
    const puller = await runtime()
    await expect(puller.ensureImage(`${server.host}/lab/echo:1`, nothing)).rejects.toMatchObject({
      code: 'image-invalid',
      retryable: false,
    })
    if (layer) server.forge(layer.digest, layer.bytes)
    await puller.ensureImage(`${server.host}/lab/echo:1`, nothing)
  })

  test('says apart what does not exist and what does not answer', async () => {
    const server = await registry()
    const puller = await runtime()
    await expect(puller.ensureImage(`${server.host}/lab/none:1`, nothing)).rejects.toMatchObject({
      code: 'image-not-found',
      retryable: false,
    })
    server.failWith = 503
    await expect(puller.ensureImage(`${server.host}/lab/none:1`, nothing)).rejects.toMatchObject({ code: 'unavailable', retryable: true })
    await expect(puller.ensureImage('127.0.0.1:1/lab/none:1', nothing)).rejects.toMatchObject({ code: 'unavailable' })
  })

  test('asks a mirror first, and the registry when it has nothing', async () => {
    const mirror = await registry()
    const server = await registry()
    server.push('lab/echo', '1', image)
    const mirrors = { [server.host]: [`http://${mirror.host}`] }
    await (await runtime({ mirrors })).ensureImage(`${server.host}/lab/echo:1`, nothing)
    expect(mirror.requests).toHaveLength(1)
    mirror.push('lab/echo', '1', image)
    const before = server.requests.length
    await (await runtime({ mirrors })).ensureImage(`${server.host}/lab/echo:1`, nothing)
    expect(server.requests.length).toBe(before)
  })
})
