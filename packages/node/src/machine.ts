import { readFileSync } from 'node:fs'
import { readFile, statfs } from 'node:fs/promises'
import os from 'node:os'

const MIB = 1024 * 1024

/** What this machine is and has, read from the system. */
export interface Machine {
  readonly hostname: string
  /** In Go's words, as descriptors use them: `amd64`, `arm64`. */
  readonly architecture: string
  readonly vcpus: number
  readonly memoryMiB: number
  /** Room left where images and containers live. */
  storageFreeMiB(): Promise<number>
  /** Time the cores were busy and in all since boot, in ticks; and memory that is not available, in percent. */
  load(): Promise<{ readonly busyTicks: number; readonly totalTicks: number; readonly memoryPercent: number }>
}

const GO_WORD_OF_ARCHITECTURE: Readonly<Record<string, string>> = {
  x64: 'amd64',
  ia32: '386',
  arm64: 'arm64',
  arm: 'arm',
  riscv64: 'riscv64',
  ppc64: 'ppc64le',
  s390x: 's390x',
}

/** The real machine. @param storageDir a directory on the file system whose room counts */
export function thisMachine(storageDir: string): Machine {
  return {
    hostname: os.hostname(),
    architecture: GO_WORD_OF_ARCHITECTURE[process.arch] ?? process.arch,
    vcpus: os.availableParallelism(),
    memoryMiB: Math.floor(os.totalmem() / MIB),
    storageFreeMiB: async () => {
      const { bavail, bsize } = await statfs(storageDir)
      return Math.floor((bavail * bsize) / MIB)
    },
    load: async () => ({
      ...cpuTicks(await readFile('/proc/stat', 'utf8')),
      memoryPercent: memoryPercent(await readFile('/proc/meminfo', 'utf8')),
    }),
  }
}

/** First line of /proc/stat: user nice system idle iowait … (proc(5)). */
export function cpuTicks(stat: string): { readonly busyTicks: number; readonly totalTicks: number } {
  const fields = (stat.split('\n')[0] ?? '').trim().split(/\s+/).slice(1).map(Number)
  const totalTicks = fields.slice(0, 8).reduce((sum, ticks) => sum + ticks, 0)
  const idleTicks = (fields[3] ?? 0) + (fields[4] ?? 0)
  return { busyTicks: totalTicks - idleTicks, totalTicks }
}

/** /proc/meminfo: what is not available of what there is, in percent. */
export function memoryPercent(meminfo: string): number {
  const kib = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(meminfo)?.[1] ?? 0)
  const total = kib('MemTotal')
  return total === 0 ? 0 : ((total - kib('MemAvailable')) / total) * 100
}

/**
 * The address other machines most likely reach this one by: that of the default route; without one the first that is
 * neither loopback nor link-local nor of an overlay's bridge; else loopback.
 */
export function primaryAddress(interfaces = os.networkInterfaces(), routes = readRoutes()): string {
  const preferred = defaultInterface(routes)
  const addresses = Object.entries(interfaces).flatMap(([name, list = []]) => list.map((entry) => ({ name, ...entry })))
  const outward = addresses.filter(
    ({ name, internal, address }) => !internal && !isOverlayBridge(name) && !address.startsWith('fe80') && !address.startsWith('169.254'),
  )
  const ranked = [...outward.filter(({ name }) => name === preferred), ...outward]
  return (ranked.find(({ family }) => family === 'IPv4') ?? ranked[0])?.address ?? '127.0.0.1'
}

/** The link of the default route with the lowest metric, from the text of /proc/net/route: link, destination, …, metric, mask. */
export function defaultInterface(routes: string): string | undefined {
  const defaults = routes
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter(([, destination, , , , , , mask]) => destination === '00000000' && mask === '00000000')
  return defaults.sort((a, b) => Number(a[6]) - Number(b[6]))[0]?.[0]
}

/** The bridges of this program's nodes; the names are those of the package that makes them. */
function isOverlayBridge(name: string): boolean {
  return /^oak[0-9a-f]{5}$/.test(name)
}

function readRoutes(): string {
  try {
    return readFileSync('/proc/net/route', 'utf8')
  } catch {
    return ''
  }
}
