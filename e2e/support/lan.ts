import { randomBytes } from 'node:crypto'
import { run } from './oak.ts'

/** A network namespace that plays a machine of its own. */
export interface LanMachine {
  /** For the `netns` option of an installation. */
  readonly netns: string
  readonly address: string
  /** Runs a command on this machine and gives what it printed. @throws Error when it fails */
  run(...command: readonly string[]): Promise<string>
  /** What lives in this machine's network, as sorted text. */
  traces(): Promise<string>
}

/** Machines around one switch, with addresses 192.168.77.N and no way to anywhere else. Everything goes when it is disposed. */
export class Lan implements AsyncDisposable {
  readonly #name = `oake2e-${randomBytes(3).toString('hex')}`
  readonly #namespaces: string[] = []

  static async create(): Promise<Lan> {
    const lan = new Lan()
    await lan.#addNamespace(lan.#name)
    await ip('-n', lan.#name, 'link', 'add', 'lan', 'type', 'bridge')
    await ip('-n', lan.#name, 'link', 'set', 'lan', 'up')
    return lan
  }

  async machine(number: number): Promise<LanMachine> {
    const name = `${this.#name}-${number}`
    const address = `192.168.77.${number}`
    await this.#addNamespace(name)
    await ip('-n', this.#name, 'link', 'add', `port${number}`, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name)
    await ip('-n', this.#name, 'link', 'set', `port${number}`, 'master', 'lan', 'up')
    // No link-local IPv6 address, which appears on its own some time later.
    await ip('-n', name, 'link', 'set', 'eth0', 'addrgenmode', 'none')
    await ip('-n', name, 'address', 'add', `${address}/24`, 'dev', 'eth0')
    await ip('-n', name, 'link', 'set', 'eth0', 'up')
    const netns = `/run/netns/${name}`
    const inside = (...command: readonly string[]) => must('nsenter', `--net=${netns}`, ...command)
    return { netns, address, run: inside, traces: () => tracesOf(inside) }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const name of this.#namespaces.toReversed()) await ip('netns', 'delete', name)
  }

  async #addNamespace(name: string): Promise<void> {
    await ip('netns', 'add', name)
    this.#namespaces.push(name)
    await ip('-n', name, 'link', 'set', 'lo', 'up')
  }
}

async function tracesOf(inside: LanMachine['run']): Promise<string> {
  const parts = await Promise.all([
    inside('ip', '-o', '-brief', 'address'),
    inside('ip', 'rule'),
    inside('ip', '-6', 'rule'),
    inside('ip', 'route', 'show', 'table', 'all'),
    inside('nft', 'list', 'ruleset'),
    inside('ss', '-Hlntup'),
  ])
  return parts
    .flatMap((text) =>
      text
        .split('\n')
        .map((line) => line.trim())
        .sort(),
    )
    .filter(Boolean)
    .join('\n')
}

function ip(...args: readonly string[]): Promise<string> {
  return must('ip', ...args)
}

async function must(...command: readonly string[]): Promise<string> {
  const ran = await run(command)
  if (ran.code !== 0) throw new Error(`${command.join(' ')} ended with ${ran.code}: ${ran.stderr}`)
  return ran.stdout
}
