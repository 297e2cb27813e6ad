import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { Disposal } from '@oakestra/base'
import { until } from '@oakestra/base/testing'
import { freePorts, run } from './oak.ts'
import { MONITORING_FOLDERS } from './prometheus.ts'

const REPOSITORY = path.resolve(import.meta.dirname, '../..')
export const ALERTMANAGER_FILE = path.join(REPOSITORY, 'deploy/observability/alertmanager/alertmanager.yml')
const FOLDER = MONITORING_FOLDERS.find((folder) => existsSync(path.join(folder, 'prometheus-alertmanager')))
// Debian's reads its templates below /usr/share: unpacked into a folder, it sees them there in a mount namespace of its own.
const WITH_TEMPLATES = ['--mount', 'sh', '-c', 'mount -t overlay overlay -o lowerdir="$0":/usr/share /usr/share && exec "$@"']
const INSTALLED = '/usr/bin'
const PATIENT = { timeoutMs: 30_000, intervalMs: 100 }

/** An Alertmanager with the file we offer, which tells a receiver of the test. */
export class Alertmanager implements AsyncDisposable {
  readonly #url: string
  readonly #owned: Disposal

  private constructor(url: string, owned: Disposal) {
    this.#url = url
    this.#owned = owned
  }

  /** Why there is none here; says so aloud. */
  static missing(): string | undefined {
    const isRoot = process.getuid?.() === 0
    if (FOLDER !== undefined && isRoot) return undefined
    const reason = isRoot
      ? 'not here: prometheus-alertmanager (test.sh fetches it, a package of Debian, or OAK_PROMETHEUS=FOLDER)'
      : 'it needs a mount namespace, and therefore root'
    console.warn(`SKIPPED, tests with a real Alertmanager: ${reason}`)
    return reason
  }

  /** What its own checker says. @throws with that, when it finds anything wrong */
  static async amtool(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await run([program('amtool'), ...args])
    if (code !== 0) throw new Error(stdout + stderr)
    return stdout + stderr
  }

  /** @param receiver where it posts what people are to be told */
  static async start(receiver: string): Promise<Alertmanager> {
    await using owned = new Disposal()
    const dir = await mkdtemp(path.join(os.tmpdir(), 'oak-alertmanager-'))
    owned.defer(() => rm(dir, { recursive: true, force: true }))
    const file = path.join(dir, 'alertmanager.yml')
    const config = await readFile(ALERTMANAGER_FILE, 'utf8')
    await writeFile(file, config.replace('http://127.0.0.1:9094/alerts', receiver).replace('group_wait: 5s', 'group_wait: 100ms'))
    const [port = 0] = await freePorts(1)
    const args = [
      `--config.file=${file}`,
      `--storage.path=${dir}/data`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--cluster.listen-address=',
    ]
    const [command = '', ...words] = commandOf(args)
    const child = spawn(command, words, { stdio: 'ignore' })
    owned.defer(() => ended(child))
    const url = `http://127.0.0.1:${port}`
    await until('Alertmanager is ready', async () => (await fetch(`${url}/-/ready`).catch(() => undefined))?.ok === true, PATIENT)
    return new Alertmanager(url, owned.move())
  }

  /** Alerts that are firing now, as a Prometheus says them. */
  async fire(...alerts: readonly Readonly<Record<string, string>>[]): Promise<void> {
    const body = JSON.stringify(alerts.map((labels) => ({ labels })))
    const answer = await fetch(`${this.#url}/api/v2/alerts`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
    if (!answer.ok) throw new Error(await answer.text())
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#owned[Symbol.asyncDispose]()
  }
}

function commandOf(args: readonly string[]): readonly string[] {
  const own = [program('prometheus-alertmanager'), ...args]
  return FOLDER === INSTALLED ? own : ['unshare', ...WITH_TEMPLATES, path.join(FOLDER ?? INSTALLED, '../share'), ...own]
}

function program(name: string): string {
  return path.join(FOLDER ?? INSTALLED, name)
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  const exit = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGKILL')
  await exit
}
