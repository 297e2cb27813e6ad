import { accessSync, constants } from 'node:fs'
import { stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { OakError } from '@oakestra/base'
import { runProgram } from './run-program.ts'

const MIB = 1024 * 1024
// Upstream's smallest (`reference/worker.md` 8.2). It is sparse: what is not written takes no room.
const DISK_MIB_MIN = 512
// Room for a guest that writes a little, and for what a file system needs for itself.
const SPARE = 1.5
// Reading and writing some GB on a slow disk.
const TIMEOUT_MS = 10 * 60_000
// A file system on an edge node stands for one instance; nobody but root may fill its last blocks elsewhere.
const MAKE = ['-q', '-F', '-t', 'ext4', '-m', '0', '-L', 'root', '-E', 'lazy_itable_init=1,lazy_journal_init=1,nodiscard']
const SYSTEM_DIRS = ['/usr/sbin', '/sbin']

/** Disks with a root file system, as files. */
export class DiskMaker {
  readonly #path: string

  /** @param path directories of programs, as in `PATH` */
  constructor(path: string) {
    this.#path = path
  }

  /** @throws OakError `unavailable` with what to install */
  check(): void {
    this.#program('mke2fs')
    this.#program('resize2fs')
  }

  /** Makes a disk with the files of a directory, their owners and rights. @throws OakError `unavailable` */
  async make(root: string, disk: string): Promise<void> {
    const used = Number.parseInt(await run('du', ['-s', '--block-size=1', root]), 10)
    const inodes = Number.parseInt(await run('du', ['-s', '--inodes', root]), 10)
    const sizeMiB = Math.max(DISK_MIB_MIN, Math.ceil((used / MIB) * SPARE))
    await writeFile(disk, '')
    await truncate(disk, sizeMiB * MIB)
    const files = Math.max(inodes * 2, sizeMiB * 64)
    await run(this.#program('mke2fs'), [...MAKE, '-N', String(files), '-d', root, disk])
  }

  /** Gives an instance a disk of its own, of at least `bytes`. */
  async copy(from: string, to: string, bytes = 0): Promise<void> {
    await run('cp', ['--sparse=always', '--reflink=auto', from, to])
    const size = Math.floor(bytes / MIB) * MIB
    if (size <= (await stat(to)).size) return
    await truncate(to, size)
    await run(this.#program('resize2fs'), [to])
  }

  #program(name: string): string {
    const found = [...this.#path.split(':'), ...SYSTEM_DIRS].map((dir) => join(dir, name)).find(isExecutable)
    if (!found) throw new OakError('unavailable', `virtual machines need ${name}, which is not installed; install e2fsprogs`)
    return found
  }
}

async function run(program: string, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runProgram(program, args, { timeoutMs: TIMEOUT_MS })
  if (code === 0) return stdout
  throw new OakError('unavailable', `the disk of a virtual machine cannot be made: ${program} says ${stderr.trim().slice(-300)}`)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
