import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { folderOf, MonitoringProgram, notHere, offered, saidBy, skipped } from './monitoring-program.ts'

export const ALERTMANAGER_FILE = offered('alertmanager/alertmanager.yml')
const NAME = 'prometheus-alertmanager'
const FOLDER = folderOf(NAME)
// Debian's reads its templates below /usr/share: unpacked into a folder, it sees them there in a mount namespace of its own.
const WITH_TEMPLATES = ['--mount', 'sh', '-c', 'mount -t overlay overlay -o lowerdir="$0":/usr/share /usr/share && exec "$@"']
const INSTALLED = '/usr/bin'

/** An Alertmanager with the file we offer, which tells a receiver of the test. */
export class Alertmanager implements AsyncDisposable {
  readonly #program: MonitoringProgram

  private constructor(program: MonitoringProgram) {
    this.#program = program
  }

  /** Why there is none here; says so aloud. */
  static missing(): string | undefined {
    if (process.getuid?.() !== 0) return skipped('Alertmanager', 'it needs a mount namespace, and therefore root')
    return FOLDER === undefined ? skipped('Alertmanager', notHere(NAME)) : undefined
  }

  /** What its own checker says. @throws with that, when it finds anything wrong */
  static amtool(...args: readonly string[]): Promise<string> {
    return saidBy('amtool', args)
  }

  /** @param receiver where it posts what people are to be told */
  static async start(receiver: string): Promise<Alertmanager> {
    const program = await MonitoringProgram.start('Alertmanager', async ({ dir, address }) => {
      const file = path.join(dir, 'alertmanager.yml')
      const config = await readFile(ALERTMANAGER_FILE, 'utf8')
      await writeFile(file, config.replace('http://127.0.0.1:9094/alerts', receiver).replace('group_wait: 5s', 'group_wait: 100ms'))
      return commandOf([
        `--config.file=${file}`,
        `--storage.path=${dir}/data`,
        `--web.listen-address=${address}`,
        '--cluster.listen-address=',
      ])
    })
    return new Alertmanager(program)
  }

  /** Alerts that are firing now, as a Prometheus says them. */
  async fire(...alerts: readonly Readonly<Record<string, string>>[]): Promise<void> {
    const body = JSON.stringify(alerts.map((labels) => ({ labels })))
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(`${this.#program.url}/api/v2/alerts`, { method: 'POST', headers, body })
    if (!answer.ok) throw new Error(await answer.text())
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#program[Symbol.asyncDispose]()
  }
}

function commandOf(args: readonly string[]): readonly string[] {
  const folder = FOLDER ?? INSTALLED
  const own = [path.join(folder, NAME), ...args]
  return folder === INSTALLED ? own : ['unshare', ...WITH_TEMPLATES, path.join(folder, '../share'), ...own]
}
