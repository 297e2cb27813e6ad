import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { Disposal } from '@oakestra/base'
import { until } from '@oakestra/base/testing'
import { freePorts, run } from './oak.ts'

const REPOSITORY = path.resolve(import.meta.dirname, '../..')
export const PROMETHEUS_FILES = path.join(REPOSITORY, 'deploy/observability/prometheus')
/** Where its programs may be: as somebody says, unpacked by `test.sh`, installed. */
const NAMED = process.env['OAK_PROMETHEUS']
export const MONITORING_FOLDERS = [...(NAMED ? [NAMED] : []), path.join(REPOSITORY, '.cache/monitoring/usr/bin'), '/usr/bin']
const FOLDER = MONITORING_FOLDERS.find((folder) => existsSync(path.join(folder, 'promtool')))
const PATIENT = { timeoutMs: 30_000, intervalMs: 100 }

interface Target {
  /** `host:port` of a root's API. */
  readonly target: string
  /** File with its token. */
  readonly token: string
}

/** A Prometheus with the files we offer, pointed at one root. */
export class Prometheus implements AsyncDisposable {
  readonly #url: string
  readonly #owned: Disposal

  private constructor(url: string, owned: Disposal) {
    this.#url = url
    this.#owned = owned
  }

  /** Why there is none here; says so aloud. */
  static missing(): string | undefined {
    if (FOLDER !== undefined && existsSync(path.join(FOLDER, 'prometheus'))) return undefined
    const reason = 'not here: prometheus (test.sh fetches it, a package of Debian, or OAK_PROMETHEUS=FOLDER)'
    console.warn(`SKIPPED, tests with a real Prometheus: ${reason}`)
    return reason
  }

  /** What its own checker says. @throws with that, when it finds anything wrong */
  static async promtool(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await run([program('promtool'), ...args])
    if (code !== 0) throw new Error(stdout + stderr)
    return stdout + stderr
  }

  /** @throws when promtool finds anything wrong with the files */
  static async start({ target, token }: Target): Promise<Prometheus> {
    await using owned = new Disposal()
    const dir = await mkdtemp(path.join(os.tmpdir(), 'oak-prometheus-'))
    owned.defer(() => rm(dir, { recursive: true, force: true }))
    const config = await writeFiles(dir, target, token)
    await Prometheus.promtool('check', 'config', config)
    const [port = 0] = await freePorts(1)
    const args = [`--config.file=${config}`, `--storage.tsdb.path=${dir}/data`, `--web.listen-address=127.0.0.1:${port}`]
    const child = spawn(program('prometheus'), args, { stdio: 'ignore' })
    owned.defer(() => ended(child))
    const url = `http://127.0.0.1:${port}`
    await until('Prometheus is ready', async () => (await fetch(`${url}/-/ready`).catch(() => undefined))?.ok === true, PATIENT)
    return new Prometheus(url, owned.move())
  }

  /** What a query gives, when it is one number. */
  async value(query: string): Promise<number | undefined> {
    const { data } = await this.#get<{ result: readonly { value: readonly [number, string] }[] }>(
      `query?query=${encodeURIComponent(query)}`,
    )
    const text = data.result[0]?.value[1]
    return text === undefined ? undefined : Number(text)
  }

  async ruleHealth(): Promise<ReadonlySet<string>> {
    interface Groups {
      readonly groups: readonly { readonly rules: readonly { readonly health: string }[] }[]
    }
    const read = async () => {
      const { data } = await this.#get<Groups>('rules')
      return new Set(data.groups.flatMap(({ rules }) => rules.map(({ health }) => health)))
    }
    await until('every rule was looked at', async () => !(await read()).has('unknown'), PATIENT)
    return read()
  }

  async #get<Data>(what: string): Promise<{ readonly data: Data }> {
    return (await (await fetch(`${this.#url}/api/v1/${what}`)).json()) as { readonly data: Data }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#owned[Symbol.asyncDispose]()
  }
}

function program(name: string): string {
  return path.join(FOLDER ?? '/usr/bin', name)
}

async function writeFiles(dir: string, target: string, token: string): Promise<string> {
  const config = await readFile(path.join(PROMETHEUS_FILES, 'prometheus.yml'), 'utf8')
  const quick = config.replace('127.0.0.1:10000', target).replaceAll(/_interval: \d+s/g, '_interval: 1s')
  await writeFile(path.join(dir, 'prometheus.yml'), quick)
  for (const name of ['root', 'cluster']) await copyFile(token, path.join(dir, `${name}.metrics-token`))
  await copyFile(path.join(PROMETHEUS_FILES, 'oakestra.rules.yml'), path.join(dir, 'oakestra.rules.yml'))
  return path.join(dir, 'prometheus.yml')
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  const exit = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGKILL')
  await exit
}
