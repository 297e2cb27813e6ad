import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { until } from '@oakestra/base/testing'
import { type Oak, type Ran, run } from './oak.ts'

/** A container as containerd has it. */
export interface SeenTask {
  readonly id: string
  readonly pid: number
  readonly status: string
}

export interface Limits {
  readonly memoryBytes: number | undefined
  readonly cpus: number | undefined
  readonly pids: number | undefined
}

/** What one installation has on this machine, looked at past the program: in containerd, the kernel and the file system. */
export class MachineView {
  readonly #oak: Oak
  readonly #namespace: string
  /** Five digits in the names of everything of this node in the kernel. */
  readonly #tag: string

  /** @param nodeId as the API shows it */
  constructor(oak: Oak, nodeId: string) {
    this.#oak = oak
    this.#namespace = `oakestra-${sha256(oak.dataDir).slice(0, 8)}`
    this.#tag = sha256(nodeId).slice(0, 5)
  }

  async tasks(): Promise<readonly SeenTask[]> {
    const lines = (await this.#ctr('tasks', 'ls')).split('\n').slice(1)
    return lines
      .map((line) => line.trim().split(/\s+/))
      .map(([id = '', pid, status = '']) => ({ id, pid: Number(pid), status }))
      .filter(({ id }) => id !== '')
      .sort((a, b) => (a.id < b.id ? -1 : 1))
  }

  async containers(): Promise<readonly string[]> {
    return words(await this.#ctr('containers', 'ls', '-q'))
  }

  /** Lets containerd forget every image and what belongs to it, as if none had been fetched. */
  async removeImages(): Promise<void> {
    const names = words(await this.#ctr('images', 'ls', '-q'))
    if (names.length > 0) await this.#ctr('images', 'rm', '--sync', ...names)
  }

  /** Waits until the node has its place in the overlay, and its part of the kernel is made. */
  async hasNetwork(): Promise<void> {
    await until("the node's network is there", async () => (await this.#inKernel()).some((trace) => trace.startsWith('nft ')))
  }

  /** Everything that instances leave on a machine, as sorted text: equal before and after when nothing leaked. */
  async traces(): Promise<string> {
    const found = await Promise.all([
      this.#inContainerd(),
      this.#inKernel(),
      this.#cgroups(),
      this.#shims(),
      this.#mounts(),
      names(path.join(this.#oak.dataDir, 'node', 'logs')).then(labelled('log')),
      names(path.join(this.#oak.dataDir, 'node', 'instances')).then(labelled('files')),
    ])
    return found.flat().sort().join('\n')
  }

  /** What the kernel holds a container to; `undefined` where it may take what there is. */
  async limitsOf(instanceId: string): Promise<Limits> {
    const read = (controller: string, file: string) => this.#cgroupFile(controller, instanceId, file)
    const memoryV2 = await read('memory', 'memory.max')
    if (memoryV2 !== undefined) {
      const [quota = 'max', period] = (await read('cpu', 'cpu.max'))?.split(' ') ?? []
      return {
        memoryBytes: limitIn(memoryV2),
        cpus: quota === 'max' ? undefined : Number(quota) / Number(period),
        pids: limitIn(await read('pids', 'pids.max')),
      }
    }
    const quota = Number(await read('cpu', 'cpu.cfs_quota_us'))
    return {
      memoryBytes: limitIn(await read('memory', 'memory.limit_in_bytes')),
      cpus: quota <= 0 ? undefined : quota / Number(await read('cpu', 'cpu.cfs_period_us')),
      pids: limitIn(await read('pids', 'pids.max')),
    }
  }

  async #cgroupFile(controller: string, instanceId: string, file: string): Promise<string | undefined> {
    const [mount = ''] = await cgroupMounts(controller)
    const content = await readFile(path.join(mount, this.#namespace, instanceId, file), 'utf8').catch(() => undefined)
    return content?.trim()
  }

  async #inContainerd(): Promise<readonly string[]> {
    const [containers, tasks, snapshots, leases] = await Promise.all([
      this.containers(),
      this.tasks(),
      this.#ctr('snapshots', 'ls'),
      this.#ctr('leases', 'ls', '-q'),
    ])
    return [
      ...containers.map((id) => `container ${id}`),
      ...tasks.map(({ id }) => `task ${id}`),
      // Committed ones are layers of images.
      ...snapshots
        .split('\n')
        .filter((line) => /\s(Active|View)\s*$/.test(line))
        .map((line) => `snapshot ${line.split(/\s+/)[0]}`),
      ...words(leases).map((id) => `lease ${id}`),
    ]
  }

  async #inKernel(): Promise<readonly string[]> {
    const [links, routes, rules, tables, netns] = await Promise.all([
      run(['ip', '-o', 'link', 'show']),
      run(['ip', '-o', 'route', 'show', 'table', 'all']),
      run(['ip', '-o', 'rule', 'show']),
      run(['nft', 'list', 'ruleset']),
      names('/run/netns'),
    ])
    return [
      ...lines(links.stdout, `v${this.#tag}-`).map((line) => `link ${line.split(':')[1]?.trim().split('@')[0]}`),
      // Those the program made; the kernel's own come and go with the first port of a bridge.
      ...lines(routes.stdout, `oak${this.#tag}`)
        .filter((line) => line.includes('proto 111'))
        .map((line) => `route ${line.replace(' linkdown', '').trim()}`),
      ...lines(rules.stdout, this.#tag).map((line) => `rule ${line}`),
      ...this.#tables(tables.stdout).map((line) => `nft ${line}`),
      ...netns.filter((name) => name.startsWith(`oak-${this.#tag}-`)).map((name) => `netns ${name}`),
    ]
  }

  /** Every line of this node's tables but counters, which move. */
  #tables(ruleset: string): readonly string[] {
    const own = ruleset.split(/^(?=table )/m).filter((table) => table.startsWith('table ') && table.includes(`oak_${this.#tag} {`))
    return own
      .flatMap((table) => table.split('\n').map((line) => line.trim().replaceAll(/counter packets \d+ bytes \d+/g, 'counter')))
      .filter(Boolean)
  }

  async #cgroups(): Promise<readonly string[]> {
    const parents = (await cgroupMounts()).map((mount) => path.join(mount, this.#namespace))
    const found = await Promise.all(parents.map(async (parent) => directories(parent)))
    return [...new Set(found.flat())].map((name) => `cgroup ${name}`)
  }

  /** Processes of containerd that look after one container each. */
  async #shims(): Promise<readonly string[]> {
    const found = await run(['ps', '-eo', 'args='])
    return found.stdout.split('\n').filter((line) => line.includes('containerd-shim') && line.includes(`-namespace ${this.#namespace} `))
  }

  async #mounts(): Promise<readonly string[]> {
    const mounts = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n')
    return mounts.filter((line) => line.includes(this.#oak.dataDir)).map((line) => `mount ${line.split(' ')[4]}`)
  }

  async #ctr(...args: readonly string[]): Promise<string> {
    const socket = path.join(this.#oak.dataDir, 'node', 'containerd', 'containerd.sock')
    const ran = await run(['ctr', '--address', socket, '--namespace', this.#namespace, ...args])
    if (ran.code !== 0) throw new Error(`ctr ${args.join(' ')}: ${ran.stderr}`)
    return ran.stdout
  }
}

/** True while a process of this id exists and has not ended. */
export async function isAlive(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  return stat !== '' && !/\) Z/.test(stat)
}

/** Runs a command in the network of a process, as if a container ran it. */
export function insideNetwork(pid: number, command: readonly string[]): Promise<Ran> {
  return run(['nsenter', `--net=/proc/${pid}/ns/net`, ...command])
}

/** The first version writes "no limit" as the largest number of pages, the second as a word. */
function limitIn(text: string | undefined): number | undefined {
  const value = Number(text)
  return Number.isSafeInteger(value) ? value : undefined
}

/** Mount points of control groups, of all hierarchies or of the one with this controller. */
async function cgroupMounts(controller?: string): Promise<readonly string[]> {
  const mounts = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n')
  const groups = mounts
    .filter((line) => / - cgroup2? /.test(line))
    .map((line) => ({ point: line.split(' ')[4] ?? '', options: line.split(' ').at(-1) ?? '' }))
  const having = groups.filter(({ options }) => controller === undefined || options.split(',').includes(controller))
  return (having.length > 0 ? having : groups).map(({ point }) => point)
}

async function directories(dir: string): Promise<readonly string[]> {
  const entries = await readdir(dir, { withFileTypes: true }).catch(() => [])
  return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
}

function names(dir: string): Promise<readonly string[]> {
  return readdir(dir).catch(() => [])
}

function labelled(label: string): (found: readonly string[]) => readonly string[] {
  return (found) => found.map((name) => `${label} ${name}`)
}

function lines(text: string, part: string): readonly string[] {
  return text.split('\n').filter((line) => line.includes(part))
}

function words(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
