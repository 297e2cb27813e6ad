import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { Disposal } from '@oakestra/base'
import { until } from '@oakestra/base/testing'
import { freePorts, run } from './oak.ts'

const REPOSITORY = path.resolve(import.meta.dirname, '../..')
const NAMED = process.env['OAK_PROMETHEUS']
/** Where programs may be: as somebody says, unpacked by `test.sh`, installed. */
const FOLDERS = [...(NAMED ? [NAMED] : []), path.join(REPOSITORY, '.cache/monitoring/usr/bin'), '/usr/bin']
const PATIENT = { timeoutMs: 30_000, intervalMs: 100 }

/** A file or folder of those we offer for other people's programs. */
export function offered(name: string): string {
  return path.join(REPOSITORY, 'deploy/observability', name)
}

/** The folder that holds a program, if it is here. */
export function folderOf(program: string): string | undefined {
  return FOLDERS.find((folder) => existsSync(path.join(folder, program)))
}

/** Says aloud why tests are skipped, and gives that. */
export function skipped(program: string, reason: string): string {
  console.warn(`SKIPPED, tests with a real ${program}: ${reason}`)
  return reason
}

export function notHere(program: string): string {
  return `not here: ${program} (test.sh fetches it, a package of Debian, or OAK_PROMETHEUS=FOLDER)`
}

/** What a program that ends by itself says. @throws with that, when it finds anything wrong */
export async function saidBy(program: string, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await run([path.join(folderOf(program) ?? '', program), ...args])
  if (code !== 0) throw new Error(stdout + stderr)
  return stdout + stderr
}

/** Where a program may keep what it needs, and where it is to listen. */
interface Place {
  readonly dir: string
  /** `host:port` */
  readonly address: string
}

/** A server of somebody else's, with a folder and a port of its own; both are gone with it. */
export class MonitoringProgram implements AsyncDisposable {
  readonly url: string
  readonly #owned: Disposal

  private constructor(url: string, owned: Disposal) {
    this.url = url
    this.#owned = owned
  }

  /** Starts what `prepare` gives, a program and its arguments, and waits until it is ready. */
  static async start(name: string, prepare: (place: Place) => Promise<readonly string[]>): Promise<MonitoringProgram> {
    await using owned = new Disposal()
    const dir = await mkdtemp(path.join(os.tmpdir(), 'oak-monitoring-'))
    owned.defer(() => rm(dir, { recursive: true, force: true }))
    const [port = 0] = await freePorts(1)
    const address = `127.0.0.1:${port}`
    const [program = '', ...args] = await prepare({ dir, address })
    const child = spawn(program, args, { stdio: 'ignore' })
    owned.defer(async () => {
      if (child.exitCode !== null) return
      const exit = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGKILL')
      await exit
    })
    const url = `http://${address}`
    const isReady = async () => (await fetch(`${url}/-/ready`).catch(() => undefined))?.ok === true
    await until(`${name} is ready`, isReady, PATIENT)
    return new MonitoringProgram(url, owned.move())
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#owned[Symbol.asyncDispose]()
  }
}
