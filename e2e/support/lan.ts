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

/** Neighbours, and what the kernel itself says to groups of them. */
const INSIDE = '192.168.77.0/24, 224.0.0.0/4, 255.255.255.255'

/** Machines around one switch, with addresses 192.168.77.N. Their way out leads nowhere. Everything goes when it is disposed. */
export class Lan implements AsyncDisposable {
  readonly #name = `oake2e-${randomBytes(3).toString('hex')}`
  readonly #namespaces: string[] = []

  static async create(): Promise<Lan> {
    const lan = new Lan()
    try {
      await lan.#build()
      return lan
    } catch (thrown) {
      await lan[Symbol.asyncDispose]()
      throw thrown
    }
  }

  async machine(number: number): Promise<LanMachine> {
    const name = `${this.#name}-${number}`
    const address = `192.168.77.${number}`
    await this.#addNamespace(name)
    await ip('-n', this.#name, 'link', 'add', `port${number}`, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name)
    await ip('-n', this.#name, 'link', 'set', `port${number}`, 'master', 'lan', 'up')
    await ip('-n', name, 'address', 'add', `${address}/24`, 'dev', 'eth0')
    await ip('-n', name, 'link', 'set', 'eth0', 'up')
    await ip('-n', name, 'route', 'add', 'default', 'via', '192.168.77.254')
    const netns = `/run/netns/${name}`
    const inside = (...command: readonly string[]) => must('nsenter', `--net=${netns}`, ...command)
    return { netns, address, run: inside, traces: () => tracesOf(inside) }
  }

  /** A machine behind an address translator of its own, which is seen at 192.168.77.`number` and gives every sender another port. */
  async hiddenMachine(number: number): Promise<LanMachine> {
    const gate = await this.machine(number)
    const name = `${this.#name}-${number}h`
    await this.#addNamespace(name)
    await gate.run('ip', 'link', 'add', 'inside', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name)
    await gate.run('ip', 'address', 'add', '192.168.78.1/24', 'dev', 'inside')
    await gate.run('ip', 'link', 'set', 'inside', 'up')
    await gate.run('sysctl', '-qw', 'net.ipv4.ip_forward=1')
    const masquerade = 'chain out { type nat hook postrouting priority 100; oifname "eth0" masquerade random; };'
    // Nothing comes in that was not asked for.
    const wall = 'chain through { type filter hook forward priority 0; iifname "eth0" ct state new drop; };'
    await gate.run('nft', `table ip translator { ${masquerade} ${wall} }`)
    await ip('-n', name, 'address', 'add', '192.168.78.2/24', 'dev', 'eth0')
    await ip('-n', name, 'link', 'set', 'eth0', 'up')
    await ip('-n', name, 'route', 'add', 'default', 'via', '192.168.78.1')
    const netns = `/run/netns/${name}`
    const inside = (...command: readonly string[]) => must('nsenter', `--net=${netns}`, ...command)
    return { netns, address: gate.address, run: inside, traces: () => tracesOf(inside) }
  }

  /** Loses datagrams to a port between two addresses, and nothing else. */
  async part(one: string, other: string, port: number): Promise<void> {
    const lost = (from: string, to: string) => `ip saddr ${from} ip daddr ${to} udp dport ${port} drop;`
    const chain = `chain lost { type filter hook forward priority 0; ${lost(one, other)} ${lost(other, one)} }`
    await must('ip', 'netns', 'exec', this.#name, 'nft', `table bridge parted { ${chain}; }`)
  }

  /** Pulls a machine's cable. Neither it nor anybody else is told. */
  async cut(number: number): Promise<void> {
    await ip('-n', this.#name, 'link', 'set', `port${number}`, 'nomaster')
  }

  /** Puts the cable back. */
  async mend(number: number): Promise<void> {
    await ip('-n', this.#name, 'link', 'set', `port${number}`, 'master', 'lan')
  }

  /** How many packets any machine has sent to addresses outside. */
  async packetsOutwards(): Promise<number> {
    const rules = await must('ip', 'netns', 'exec', this.#name, 'nft', 'list', 'chain', 'ip', 'way', 'out')
    return Number(/counter packets (\d+)/.exec(rules)?.[1])
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const name of this.#namespaces.toReversed()) await ip('netns', 'delete', name)
  }

  async #build(): Promise<void> {
    await this.#addNamespace(this.#name)
    await ip('-n', this.#name, 'link', 'add', 'lan', 'type', 'bridge')
    await ip('-n', this.#name, 'link', 'set', 'lan', 'up')
    await ip('-n', this.#name, 'address', 'add', '192.168.77.254/24', 'dev', 'lan')
    const chain = `chain out { type filter hook prerouting priority 0; ip daddr != { ${INSIDE} } counter drop; }`
    await must('ip', 'netns', 'exec', this.#name, 'nft', `table ip way { ${chain}; }`)
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
  const lines = parts.flatMap((text) => text.split('\n')).map((line) => withoutChance(line).trim())
  // The kernel adds link-local IPv6 addresses on its own, a second or two after their link.
  const stable = lines.filter((line) => line !== '' && !/^(local|anycast) (fe80::\S* )?dev /.test(line))
  return stable.toSorted().join('\n')
}

/** A line without what differs each time: link-local addresses, and the ports that the kernel chooses (ip(7), local_port_range). */
function withoutChance(line: string): string {
  return line.replaceAll(/ fe80::\S+/g, '').replace(/^(udp .*:)(?:3276[89]|327[7-9]\d|32[89]\d\d|3[3-9]\d{3}|[4-6]\d{4}) /, '$1any ')
}

function ip(...args: readonly string[]): Promise<string> {
  return must('ip', ...args)
}

async function must(...command: readonly string[]): Promise<string> {
  const ran = await run(command)
  if (ran.code !== 0) throw new Error(`${command.join(' ')} ended with ${ran.code}: ${ran.stderr}`)
  return ran.stdout
}
