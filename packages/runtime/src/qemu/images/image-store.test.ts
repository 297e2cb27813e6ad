import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { randomIds, realClock, silentLogger } from '@oakestra/base'
import { pack } from 'tar-stream'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { tinyKernel } from '../guest/tiny-kernel.ts'
import { GuestImages } from './image-store.ts'
import { UNPACK_LIMITS } from './unpack.ts'

const KERNEL = tinyKernel({ kind: 'run' })
const GIB = 1024 ** 3
const nothing = () => undefined

let dir: string
let images: GuestImages
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'oak-images-'))
  images = open()
})
afterEach(() => rm(dir, { recursive: true, force: true }))

function open(limits = UNPACK_LIMITS): GuestImages {
  return new GuestImages({
    dir: join(dir, 'qemu'),
    architecture: 'amd64',
    limits,
    clock: realClock,
    ids: randomIds,
    logger: silentLogger,
  })
}

interface Entry {
  readonly name: string
  readonly type?: 'directory' | 'symlink'
  readonly linkname?: string
  readonly content?: string | Uint8Array
}

async function tarOf(entries: readonly Entry[]): Promise<Buffer> {
  const archive = pack()
  for (const { content, ...header } of entries) {
    if (content === undefined) archive.entry({ ...header })
    else archive.entry({ ...header }, Buffer.from(content))
  }
  archive.finalize()
  const pieces: Uint8Array[] = []
  for await (const piece of archive) pieces.push(piece as Uint8Array)
  return Buffer.concat(pieces)
}

async function archive(name: string, entries: readonly Entry[]): Promise<string> {
  return file(name, gzipSync(await tarOf(entries)))
}

async function file(name: string, bytes: Uint8Array): Promise<string> {
  const path = join(dir, name)
  await writeFile(path, bytes)
  return `file://${path}`
}

const ensure = (image: string) => images.ensure(image, nothing)

/** A header that promises more than an archive holds. */
function sparseHeader(name: string, bytes: number): Buffer {
  const header = Buffer.alloc(512)
  header.write(name)
  header.write('0000644\0', 100)
  header.write(bytes > 8 ** 11 ? '' : `${bytes.toString(8).padStart(11, '0')}\0`, 124)
  if (bytes > 8 ** 11) {
    header[124] = 0x80
    header.writeBigUInt64BE(BigInt(bytes), 128)
  }
  header.write('ustar\x0000', 257)
  header.write('        ', 148)
  header.write('0', 156)
  header.write(
    `${header
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, '0')}\0 `,
    148,
  )
  return header
}

describe('an image of a guest', () => {
  test('is unpacked as upstream lays it out', async () => {
    const image = await archive('a.tar.gz', [
      { name: './kernel', content: KERNEL },
      { name: 'files1/', type: 'directory' },
      { name: 'files1/nginx/conf/nginx.conf', content: 'listen 80' },
      { name: 'initramfs.cpio', content: 'x' },
      { name: 'README.md', content: 'hello' },
    ])
    await ensure(image)
    const found = await images.find(image)
    expect(found).toMatchObject({
      kernel: { format: 'multiboot', architecture: 'amd64', dialect: 'unikraft' },
      initrd: 'initramfs.cpio',
      hasFiles: true,
    })
    const place = found?.dir ?? ''
    expect((await readdir(place)).toSorted()).toEqual(['files', 'image.json', 'initramfs.cpio', 'kernel'])
    expect(await readFile(join(place, 'files/nginx/conf/nginx.conf'), 'utf8')).toBe('listen 80')
  })

  test('is one, by whatever names it goes', async () => {
    const bytes = gzipSync(await tarOf([{ name: 'kernel', content: KERNEL }]))
    const [one, two] = [await file('one.tar.gz', bytes), await file('two.tar.gz', bytes)]
    await ensure(one)
    await ensure(two)
    expect((await images.find(two))?.dir).toBe((await images.find(one))?.dir)
  })

  test('is another when its file is', async () => {
    const image = await archive('a.tar.gz', [{ name: 'kernel', content: KERNEL }])
    await ensure(image)
    const before = await images.find(image)
    await archive('a.tar.gz', [{ name: 'kernel', content: tinyKernel({ kind: 'stubborn' }) }])
    await ensure(image)
    expect((await images.find(image))?.digest).not.toBe(before?.digest)
  })

  test('may be an archive that is not compressed', async () => {
    const image = await file('a.tar', await tarOf([{ name: 'kernel', content: KERNEL }]))
    await ensure(image)
    expect(await images.find(image)).toBeDefined()
  })

  test('is what its checksum says, or refused', async () => {
    const bytes = gzipSync(await tarOf([{ name: 'kernel', content: KERNEL }]))
    const image = await file('a.tar.gz', bytes)
    const sum = createHash('sha256').update(bytes).digest('hex')
    await ensure(`${image}#sha256=${sum}`)
    await expect(ensure(`${image}#sha256=${'0'.repeat(64)}`)).rejects.toMatchObject({
      code: 'image-invalid',
      message: expect.stringContaining(`sha256 ${sum}`),
    })
  })

  test('that was downloaded when the agent was killed leaves nothing', async () => {
    const abort = new AbortController()
    const image = await archive('a.tar.gz', [{ name: 'kernel', content: KERNEL }])
    const begun = images.ensure(image, () => abort.abort(), abort.signal)
    await expect(begun).rejects.toMatchObject({ code: 'aborted' })
    const again = open()
    await again.ensure(image, nothing)
    expect(await readdir(join(dir, 'qemu/incoming')).catch(() => [])).toEqual([])
  })
})

describe('an archive is refused for good, with a reason,', () => {
  const cases: readonly [string, () => Promise<string>, RegExp][] = [
    ['without a kernel', () => archive('a.tar.gz', [{ name: 'files/x', content: 'y' }]), /no kernel in the archive/],
    [
      'with the kernel of another architecture',
      () => archive('a.tar.gz', [{ name: 'kernel', content: elf(183) }]),
      /the kernel is for arm64, this node is amd64/,
    ],
    ['with a kernel that is none', () => archive('a.tar.gz', [{ name: 'kernel', content: 'hello' }]), /neither Linux, ELF nor multiboot/],
    ['that is no archive', () => file('a.tar.gz', Buffer.from('<html>404</html>'.repeat(100))), /cannot be read/],
    [
      'whose compression is corrupt',
      async () => file('a.tar.gz', corrupt(gzipSync(await tarOf([{ name: 'kernel', content: KERNEL }])))),
      /cannot be read/,
    ],
    ['that leads out of itself', () => archive('a.tar.gz', [{ name: 'files/../../x', content: '' }]), /leads out of it/],
    ['that begins at the root', () => archive('a.tar.gz', [{ name: '/files/x', content: '' }]), /leads out of it/],
    [
      'with a link',
      () => archive('a.tar.gz', [{ name: 'files/x', type: 'symlink', linkname: '/etc/shadow' }]),
      /is a symlink; only plain files/,
    ],
    [
      'with one name twice',
      () =>
        archive('a.tar.gz', [
          { name: 'kernel', content: KERNEL },
          { name: 'kernel', content: KERNEL },
        ]),
      /has kernel twice/,
    ],
    ['of 100 GB of nothing', () => file('a.tar.gz', gzipSync(sparseHeader('kernel', 100 * GIB))), /holds more than 8589934592 bytes/],
  ]
  test.each(cases)('%s', async (_, make, reason) => {
    await expect(ensure(await make())).rejects.toMatchObject({
      code: 'image-invalid',
      retryable: false,
      message: expect.stringMatching(reason),
    })
    expect(await readdir(join(dir, 'qemu/incoming'))).toEqual([])
  })

  test('that has more in it than fits, before that is on the disk', async () => {
    images = open({ ...UNPACK_LIMITS, contentBytes: 1024 * 1024 })
    const bomb = await archive('a.tar.gz', [
      { name: 'kernel', content: KERNEL },
      { name: 'files/zeros', content: Buffer.alloc(2 * 1024 * 1024) },
    ])
    expect((await stat(bomb.slice('file://'.length))).size).toBeLessThan(10_000)
    await expect(ensure(bomb)).rejects.toMatchObject({ code: 'image-invalid', message: expect.stringContaining('holds more than') })
  })

  test('that has more entries than anybody needs', async () => {
    images = open({ ...UNPACK_LIMITS, entries: 3 })
    const many = await archive(
      'a.tar.gz',
      ['a', 'b', 'c', 'd'].map((name) => ({ name, content: '' })),
    )
    await expect(ensure(many)).rejects.toMatchObject({ code: 'image-invalid', message: 'the archive has more than 3 entries' })
  })
})

describe('an archive on a server', () => {
  let server: Server
  let url: string
  let answer: { status: number; body: Buffer } = { status: 200, body: Buffer.alloc(0) }
  let asked = 0
  beforeEach(async () => {
    asked = 0
    server = createServer((request, response) => {
      asked += 1
      const etag = `"${createHash('sha256').update(answer.body).digest('hex')}"`
      const isKnown = request.headers['if-none-match'] === etag
      response.writeHead(isKnown ? 304 : answer.status, { etag, 'content-length': isKnown ? 0 : answer.body.length })
      response.end(isKnown ? undefined : answer.body)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/guest.tar.gz`
    answer = { status: 200, body: gzipSync(await tarOf([{ name: 'kernel', content: KERNEL }])) }
  })
  afterEach(() => new Promise((resolve) => server.close(resolve)))

  test('is fetched once, however many ask, and its progress is told', async () => {
    const seen: number[] = []
    await Promise.all([1, 2, 3].map(() => images.ensure(url, ({ bytesDone }) => seen.push(bytesDone))))
    expect(asked).toBe(1)
    expect(seen.at(-1)).toBe(answer.body.length)
    await ensure(url)
    expect(asked).toBe(2)
  })

  test('is used from the copy when the server is gone', async () => {
    await ensure(url)
    answer = { status: 503, body: Buffer.from('closed') }
    await ensure(url)
    expect(await images.find(url)).toBeDefined()
  })

  test.each([
    [404, 'image-not-found', false],
    [500, 'unavailable', true],
  ] as const)('that answers %i is %s', async (status, code, retryable) => {
    answer = { status, body: Buffer.from('sorry') }
    await expect(ensure(url)).rejects.toMatchObject({ code, retryable })
  })
})

/** The beginning of an ELF file for a machine. */
function elf(machine: number): Buffer {
  const head = Buffer.alloc(64)
  head.write('\x7fELF', 'latin1')
  head.writeUInt16LE(machine, 18)
  return head
}

function corrupt(bytes: Buffer): Buffer {
  const damaged = Buffer.from(bytes)
  damaged.fill(0xff, 20, 60)
  return damaged
}
