import { constants } from 'node:fs'
import { type FileHandle, lstat, open } from 'node:fs/promises'
import { join } from 'node:path'
import { OakError } from '@oakestra/base'
import type { SnapshotMount } from '../api.ts'
import type { ReadRootFile } from './user.ts'

const FILE_BYTES_MAX = 1024 * 1024

/**
 * Reads files of a snapshot without mounting it: from the topmost of its layers' directories that has them.
 * A symbolic link in an image could lead anywhere on this machine: none is followed.
 */
export function rootFileReader(mounts: readonly SnapshotMount[]): ReadRootFile {
  const directories = layerDirectories(mounts)
  return async (path) => {
    for (const directory of directories) {
      const found = await readIn(directory, path)
      if (found !== 'absent') return found === 'deleted' ? undefined : found.text
    }
    return undefined
  }
}

/** Directories to look into, topmost first. `mount(8)`, overlay options. */
export function layerDirectories(mounts: readonly SnapshotMount[]): readonly string[] {
  const [mount] = mounts
  if (!mount || mounts.length > 1) throw new OakError('not-supported', 'the snapshotter gives an unknown kind of root file system')
  if (mount.type === 'bind' || mount.type === 'rbind') return [mount.source]
  const option = (name: string) => mount.options.find((text) => text.startsWith(`${name}=`))?.slice(name.length + 1)
  const upper = option('upperdir')
  const lower = option('lowerdir')?.split(':') ?? []
  return upper === undefined ? lower : [upper, ...lower]
}

async function readIn(directory: string, path: string): Promise<{ readonly text: string } | 'absent' | 'deleted'> {
  let current = directory
  for (const part of path.split('/')) {
    current = join(current, part)
    const found = await lstat(current).catch(() => undefined)
    if (!found) return 'absent'
    // How overlayfs marks what an upper layer deleted.
    if (found.isCharacterDevice()) return 'deleted'
    if (found.isSymbolicLink()) throw new OakError('image-invalid', `the image's /${path} is a symbolic link; give its user by number`)
  }
  const file = await open(current, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  try {
    return { text: await readBounded(file, path) }
  } finally {
    await file.close()
  }
}

async function readBounded(file: FileHandle, path: string): Promise<string> {
  const { size } = await file.stat()
  if (size > FILE_BYTES_MAX) throw new OakError('image-invalid', `the image's /${path} is longer than ${FILE_BYTES_MAX} bytes`)
  return file.readFile('utf8')
}
