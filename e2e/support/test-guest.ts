import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { run } from './oak.ts'

const BUILD = path.resolve(import.meta.dirname, '../../images/test-guest/build.ts')
const NEEDED = ['/usr/bin/qemu-system-x86_64', '/usr/bin/nsenter', '/usr/bin/apt-get', '/usr/bin/dpkg-deb']

/** Why guests cannot be run here; `undefined` when they can. Says so aloud. */
export function missingGuest(): string | undefined {
  const missing = NEEDED.filter((file) => !existsSync(file))
  if (missing.length === 0) return undefined
  const reason = `not installed: ${missing.join(', ')}`
  console.warn(`SKIPPED, guests on QEMU: ${reason}`)
  return reason
}

/** The archive of a guest that serves HTTP, made out of Debian's kernel and this machine's busybox; gone with the tests. */
export class TestGuest implements AsyncDisposable {
  readonly dir: string
  readonly name = 'test-guest_amd64.tar.gz'
  /** The same as an OCI image with a root file system. */
  readonly vmName = 'test-vm_amd64.tar'

  private constructor(dir: string) {
    this.dir = dir
  }

  static async build(): Promise<TestGuest> {
    const dir = await mkdtemp(path.join(os.tmpdir(), 'oak-guest-'))
    const built = await run([process.execPath, '--import', 'tsx', BUILD, dir])
    if (built.code !== 0) throw new Error(`the guest could not be built: ${built.stderr}`)
    return new TestGuest(dir)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.dir, { recursive: true, force: true })
  }
}
