import { execFileSync } from 'node:child_process'
import { mkdir, readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Disposal } from '@oakestra/base'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Runtime } from '../runtime.ts'
import { type ContainerdMachine, containerdMissing, createContainerdMachine } from '../testing/containerd-machine.ts'
import { createQemuMachine, type QemuMachine, qemuMissing } from '../testing/qemu-machine.ts'
import { userOf } from './guest/instances.ts'
import { tinyKernel } from './guest/tiny-kernel.ts'

const missing = qemuMissing() ?? containerdMissing()
if (missing) console.warn(`skipped: virtual machines out of OCI images (${missing})`)

const MIB = 1024 * 1024
const nothing = () => undefined

describe.skipIf(missing)('a virtual machine out of an OCI image', () => {
  const owned = new Disposal()
  let containers: ContainerdMachine
  let machine: QemuMachine
  let runtime: Runtime
  beforeAll(async () => {
    machine = owned.use(await createQemuMachine())
    containers = owned.use(await createContainerdMachine())
    const { rootFileSystems } = owned.use(await containers.runtime())
    runtime = owned.use(await machine.runtime({ rootFileSystems }))
  })
  afterAll(() => owned[Symbol.asyncDispose]())

  const kernel = { path: 'boot/vmlinuz-1.0', content: tinyKernel({ kind: 'run' }) }
  const layers = [[kernel, { path: 'etc/motd', content: 'old' }, { path: 'gone', content: '' }], [{ path: 'etc/motd', content: 'hello' }]]

  async function start(id: string, image: string, limits = {}): Promise<string> {
    await runtime.ensureImage(image, nothing)
    await runtime.start(await machine.spec(id, image, { limits: { memoryBytes: 16 * MIB, ...limits } }))
    return join(machine.dir, 'qemu/instances', id, 'disk.img')
  }

  const onDisk = (disk: string, command: string) =>
    execFileSync('/usr/sbin/debugfs', ['-R', command, disk], { encoding: 'utf8', stdio: 'pipe' })

  test('is offered by its names', async () => {
    expect(runtime.virtualizations).toEqual(['vm', 'crosvm'])
    await expect(runtime.check()).resolves.toMatchObject({ labels: ['accelerator=tcg'] })
  })

  test('runs with the files of all layers on a disk of its own', async () => {
    const disk = await start('one', await containers.image('vm', { layers, config: {} }))
    expect((await runtime.get('one'))?.state.state).toBe('running')
    expect(onDisk(disk, 'cat /etc/motd')).toBe('hello')
    const { size, blocks, uid, mode } = await stat(disk)
    expect({ size, uid, mode: mode & 0o777 }).toEqual({ size: 512 * MIB, uid: userOf('one'), mode: 0o600 })
    expect(blocks * 512).toBeLessThan(64 * MIB)
  })

  test('has as large a disk as the service asks for', async () => {
    const disk = await start('two', await containers.image('vm', { layers, config: {} }), { storageBytes: 700 * MIB })
    expect((await stat(disk)).size).toBe(700 * MIB)
    expect(onDisk(disk, 'stats')).toMatch(new RegExp(`Block count: +${(700 * MIB) / 4096}\\n`))
  })

  test('leaves nothing mounted, and nothing when it is removed', async () => {
    for (const id of ['one', 'two']) await runtime.remove(id)
    expect(await readdir(join(machine.dir, 'qemu/instances'))).toEqual([])
    expect(await readdir(join(machine.dir, 'qemu/mounts'))).toEqual([])
    expect(await readFile('/proc/self/mountinfo', 'utf8')).not.toContain(join(machine.dir, 'qemu'))
  })

  test('is no longer mounted once the next agent needs an image, when one was killed in the middle', async () => {
    const left = join(machine.dir, 'qemu/mounts/left behind')
    await mkdir(left)
    execFileSync('mount', ['-t', 'tmpfs', 'left', left])
    await using containerd = await containers.runtime()
    await using next = await machine.runtime({ rootFileSystems: containerd.rootFileSystems })
    await next.ensureImage(await containers.image('vm', { layers, config: {} }), nothing)
    expect(await readdir(join(machine.dir, 'qemu/mounts'))).toEqual([])
  })

  test.each([
    ['without a kernel', [[{ path: 'etc/motd', content: '' }]], /no kernel in the image/],
    ['with a kernel that is none', [[{ path: 'boot/vmlinuz-1', content: 'hello' }]], /neither Linux, ELF nor multiboot/],
    ['whose kernel is a link', [[{ path: 'boot/vmlinuz-1', linkTo: '/etc/shadow' }]], /no kernel in the image/],
  ])('is refused for good %s', async (what, wrong, message) => {
    const image = await containers.image(`wrong-${what.length}`, { layers: wrong, config: {} })
    await expect(runtime.ensureImage(image, nothing)).rejects.toMatchObject({
      code: 'image-invalid',
      retryable: false,
      message: expect.stringMatching(message),
    })
    expect(await readdir(join(machine.dir, 'qemu/mounts'))).toEqual([])
  })
})
