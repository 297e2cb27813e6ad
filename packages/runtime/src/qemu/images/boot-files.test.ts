import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { chooseBootFiles, findBootFiles } from './boot-files.ts'

describe('what is booted of an image', () => {
  test.each([
    [
      'the highest version',
      ['vmlinuz-6.1.9', 'vmlinuz-6.1.10', 'initrd.img-6.1.9', 'initrd.img-6.1.10'],
      'vmlinuz-6.1.10',
      'initrd.img-6.1.10',
    ],
    ['the compressed kernel before the plain one', ['vmlinux-9', 'vmlinuz-6'], 'vmlinuz-6', undefined],
    ['the plain kernel when it is alone', ['vmlinux-6', 'initramfs-6.img'], 'vmlinux-6', 'initramfs-6.img'],
    ['no RAM disk for emergencies', ['vmlinuz-lts', 'initramfs-lts-fallback.img', 'initramfs-lts'], 'vmlinuz-lts', 'initramfs-lts'],
    ['names without a version', ['vmlinuz', 'initrd.img', 'config-6.1'], 'vmlinuz', 'initrd.img'],
  ])('is %s', (_what, names, kernel, initrd) => {
    expect(chooseBootFiles(names)).toEqual({ kernel, ...(initrd && { initrd }) })
  })

  test('is nothing without a kernel', () => {
    expect(chooseBootFiles(['initrd.img-6.1', 'config-6.1'])).toBeUndefined()
  })
})

describe('the files of a stranger', () => {
  let root: string
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'oak-boot-'))
  })
  afterEach(() => rm(root, { recursive: true, force: true }))

  test('are looked for in /boot', async () => {
    await mkdir(join(root, 'boot'))
    await writeFile(join(root, 'boot/vmlinuz-6'), 'k')
    expect(await findBootFiles(root)).toEqual({ kernel: 'vmlinuz-6' })
  })

  test.each(['/etc', '../../..'])('are not followed to %s', async (target) => {
    await symlink(target, join(root, 'boot'))
    await expect(findBootFiles(root)).rejects.toMatchObject({ code: 'image-invalid', message: expect.stringContaining('no kernel') })
    await rm(join(root, 'boot'))
    await mkdir(join(root, 'boot'))
    await symlink('/etc/passwd', join(root, 'boot/vmlinuz-6'))
    await expect(findBootFiles(root)).rejects.toMatchObject({ code: 'image-invalid' })
  })
})
