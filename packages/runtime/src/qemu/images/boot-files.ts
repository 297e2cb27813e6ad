import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { OakError } from '@oakestra/base'

/** Names of what is booted, in `/boot` of a root file system. */
export interface BootFiles {
  readonly kernel: string
  readonly initrd?: string
}

// Many times what distributions have.
const BYTES_MAX = 512 * 1024 * 1024
const KERNEL_NAMES = [/^vmlinuz(-|$)/, /^vmlinux(-|$)/] as const
const INITRD_NAME = /^(initramfs|initrd)(?!.*(fallback|kdump|rescue))/
const newestFirst = (a: string, b: string) => new Intl.Collator('en', { numeric: true }).compare(b, a)

/**
 * Chooses among the files of `/boot` as upstream does (`reference/worker.md` 8.2): the kernel of the highest version, `vmlinuz`
 * before `vmlinux`, with the initial RAM disk of the same version, or else the newest. Pure.
 */
export function chooseBootFiles(names: readonly string[]): BootFiles | undefined {
  const [kernel] = KERNEL_NAMES.flatMap((pattern) => names.filter((name) => pattern.test(name)).toSorted(newestFirst))
  if (kernel === undefined) return undefined
  const disks = names.filter((name) => INITRD_NAME.test(name)).toSorted(newestFirst)
  const version = kernel.replace(/^vmlinu[xz]-?/, '')
  const initrd = disks.find((name) => version !== '' && name.includes(version)) ?? disks[0]
  return { kernel, ...(initrd !== undefined && { initrd }) }
}

/**
 * Looks into a root file system that a stranger made: no link is followed.
 * @throws OakError `image-invalid` when there is no kernel, or one of no sensible size
 */
export async function findBootFiles(root: string): Promise<BootFiles> {
  const boot = join(root, 'boot')
  const isDirectory = (await lstat(boot).catch(() => undefined))?.isDirectory()
  const entries = isDirectory ? await readdir(boot, { withFileTypes: true }) : []
  const found = chooseBootFiles(entries.filter((entry) => entry.isFile()).map(({ name }) => name))
  if (!found) throw new OakError('image-invalid', 'there is no kernel in the image: it must hold /boot/vmlinuz-VERSION, a plain file')
  for (const name of [found.kernel, found.initrd]) if (name !== undefined) await checkSize(join(boot, name), name)
  return found
}

async function checkSize(path: string, name: string): Promise<void> {
  const { size } = await lstat(path)
  if (size > BYTES_MAX) throw new OakError('image-invalid', `/boot/${name} in the image has ${size} bytes, more than ${BYTES_MAX}`)
}
