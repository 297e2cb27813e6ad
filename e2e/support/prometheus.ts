import { copyFile, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { until } from '@oakestra/base/testing'
import { folderOf, MonitoringProgram, notHere, offered, saidBy, skipped } from './monitoring-program.ts'

export const PROMETHEUS_FILES = offered('prometheus')
const FOLDER = folderOf('prometheus')
const PATIENT = { timeoutMs: 30_000, intervalMs: 100 }

interface Target {
  /** `host:port` of a root's API. */
  readonly target: string
  /** File with its token. */
  readonly token: string
}

/** A Prometheus with the files we offer, pointed at one root. */
export class Prometheus implements AsyncDisposable {
  readonly #program: MonitoringProgram

  private constructor(program: MonitoringProgram) {
    this.#program = program
  }

  /** Why there is none here; says so aloud. */
  static missing(): string | undefined {
    return FOLDER === undefined ? skipped('Prometheus', notHere('prometheus')) : undefined
  }

  /** What its own checker says. @throws with that, when it finds anything wrong */
  static promtool(...args: readonly string[]): Promise<string> {
    return saidBy('promtool', args)
  }

  /** @throws when promtool finds anything wrong with the files */
  static async start({ target, token }: Target): Promise<Prometheus> {
    const program = await MonitoringProgram.start('Prometheus', async ({ dir, address }) => {
      const config = await writeFiles(dir, target, token)
      await Prometheus.promtool('check', 'config', config)
      const args = [`--config.file=${config}`, `--storage.tsdb.path=${dir}/data`, `--web.listen-address=${address}`]
      return [path.join(FOLDER ?? '', 'prometheus'), ...args]
    })
    return new Prometheus(program)
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
    return (await (await fetch(`${this.#program.url}/api/v1/${what}`)).json()) as { readonly data: Data }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#program[Symbol.asyncDispose]()
  }
}

async function writeFiles(dir: string, target: string, token: string): Promise<string> {
  const config = await readFile(path.join(PROMETHEUS_FILES, 'prometheus.yml'), 'utf8')
  const quick = config.replace('127.0.0.1:10000', target).replaceAll(/_interval: \d+s/g, '_interval: 1s')
  await writeFile(path.join(dir, 'prometheus.yml'), quick)
  for (const name of ['root', 'cluster']) await copyFile(token, path.join(dir, `${name}.metrics-token`))
  await copyFile(path.join(PROMETHEUS_FILES, 'oakestra.rules.yml'), path.join(dir, 'oakestra.rules.yml'))
  return path.join(dir, 'prometheus.yml')
}
