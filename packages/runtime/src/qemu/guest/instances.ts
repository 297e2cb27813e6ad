import { createHash } from 'node:crypto'
import { chmod, chown, copyFile, cp, lchown, link, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { OakError } from '@oakestra/base'
import type { ProcessIdentity } from '../../private/process.ts'
import type { WorkloadMark } from '../../workload-mark.ts'
import type { GuestImage } from '../images/guest-image.ts'
import { FILES, KERNEL } from '../images/unpack.ts'
import type { DiskMaker } from '../machine/disks.ts'
import { FILE } from './command-line.ts'
import type { GuestExit } from './ending.ts'

/** What is kept of an instance on the disk, over restarts of the agent. */
export interface InstanceRecord extends WorkloadMark {
  /** Where its console goes. */
  readonly consolePath: string
  /** Absent while it is being made. */
  readonly process?: ProcessIdentity
  /** Of the machine's start under which it was started: numbers of processes mean nothing after another. */
  readonly bootId?: string
  readonly exit?: GuestExit
}

// systemd.io/UIDS-GIDS: nobody else gives out users from here on.
const FIRST_USER = 0x70000000
const USERS = 2 ** 24
const ID_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/

/** The user that runs one guest's QEMU: another for each, so that one that was taken over reaches nobody else's. */
export function userOf(id: string): number {
  return FIRST_USER + (createHash('sha256').update(id).digest().readUInt32BE(0) % USERS)
}

/** The directories of instances: one each, with all that its QEMU may open. */
export class InstanceStore {
  readonly #dir: string
  readonly #disks: DiskMaker

  constructor(dir: string, disks: DiskMaker) {
    this.#dir = dir
    this.#disks = disks
  }

  /** @throws OakError `bad-request` for an id that could not be a directory's name */
  dirOf(id: string): string {
    if (!ID_PATTERN.test(id)) throw new OakError('bad-request', `'${id}' cannot be the id of a guest`)
    return join(this.#dir, id)
  }

  async ids(): Promise<readonly string[]> {
    const names = await readdir(this.#dir).catch((thrown: NodeJS.ErrnoException) => {
      if (thrown.code === 'ENOENT') return []
      throw thrown
    })
    return names.filter((name) => ID_PATTERN.test(name))
  }

  /** `undefined` when there is no such instance. One whose record was cut short is there, and half made. */
  async read(id: string): Promise<InstanceRecord | undefined> {
    const text = await readFile(join(this.dirOf(id), FILE.record), 'utf8').catch((thrown: NodeJS.ErrnoException) => {
      if (thrown.code === 'ENOENT') return undefined
      throw thrown
    })
    if (text !== undefined) return parsed(id, text)
    return (await this.ids()).includes(id) ? halfMade(id) : undefined
  }

  /** On the disk when it returns. */
  async write(record: InstanceRecord): Promise<void> {
    const path = join(this.dirOf(record.id), FILE.record)
    const file = await open(`${path}.new`, 'w', 0o600)
    try {
      await file.writeFile(JSON.stringify(record))
      await file.datasync()
    } finally {
      await file.close()
    }
    await rename(`${path}.new`, path)
  }

  /**
   * Makes the directory of an instance with the files of its image. What the image has stays as it is whatever the guest does.
   * @param diskBytes size of its disk, where the image has one that is smaller
   */
  async prepare(id: string, image: GuestImage, diskBytes?: number): Promise<string> {
    const dir = this.dirOf(id)
    const user = userOf(id)
    await mkdir(this.#dir, { recursive: true, mode: 0o711 })
    await mkdir(dir, { mode: 0o700 })
    await chown(dir, user, user)
    await linkOrCopy(join(image.dir, KERNEL), join(dir, FILE.kernel))
    if (image.initrd) await linkOrCopy(join(image.dir, image.initrd), join(dir, FILE.initrd))
    if (image.disk) await this.#copyDisk(join(image.dir, image.disk), join(dir, FILE.disk), user, diskBytes)
    if (image.hasFiles) await copyFiles(join(image.dir, FILES), join(dir, FILE.files), user)
    return dir
  }

  /** The guest may write to it: it belongs to its user alone. */
  async #copyDisk(from: string, to: string, user: number, bytes?: number): Promise<void> {
    await this.#disks.copy(from, to, bytes)
    await chown(to, user, user)
    await chmod(to, 0o600)
  }

  async remove(id: string): Promise<void> {
    await rm(this.dirOf(id), { recursive: true, force: true })
  }
}

function halfMade(id: string): InstanceRecord {
  return { id, revision: 0, consolePath: '' }
}

function parsed(id: string, text: string): InstanceRecord {
  try {
    const record = JSON.parse(text) as InstanceRecord
    return record.id === id && Number.isSafeInteger(record.revision) ? record : halfMade(id)
  } catch {
    return halfMade(id)
  }
}

/** A second name costs nothing, and an image that is tidied away stays for whoever runs it. */
async function linkOrCopy(from: string, to: string): Promise<void> {
  await link(from, to).catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code !== 'EXDEV' && thrown.code !== 'EMLINK' && thrown.code !== 'EPERM') throw thrown
    return copyFile(from, to)
  })
}

/** The guest may write to its own copy. */
async function copyFiles(from: string, to: string, user: number): Promise<void> {
  await cp(from, to, { recursive: true })
  await lchown(to, user, user)
  for (const entry of await readdir(to, { recursive: true, withFileTypes: true }))
    await lchown(join(entry.parentPath, entry.name), user, user)
}
