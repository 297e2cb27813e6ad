/**
 * How long a guest takes from its start to its first HTTP answer, by the bare command line of QEMU, by the runtime and by the built
 * program, with the same kernel and memory, and what memory each has then. Emulated: the machine of the lab has no KVM.
 * Run: `npm run build && node --import tsx bench/guest.ts [--rounds 5] [--only runtime]`. Needs root, QEMU, and Debian's
 * package of a kernel; without the program, `--only runtime`.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type LogFields, type Logger, realClock, silentLogger } from '@oakestra/base'
import { createQemuRuntime, removeGuests, type WorkloadSpec } from '@oakestra/runtime'
import { buildTestGuest } from '../images/test-guest/build.ts'
import { type GuestRound, measured } from './guest-probe.ts'
import { GuestSystem } from './guest-system.ts'
import { median } from './measures.ts'

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '5' }, only: { type: 'string' } } })
const NAME = `oakbench-${process.pid}`
const HOST = `${NAME}-h`
const ADDRESS = '10.30.0.65'
const ADDRESS_V6 = 'fdff::41'
const URL = `http://${ADDRESS}/`
const MEMORY_MIB = 128
const MAC = '52:54:00:12:34:56'
const dir = mkdtempSync(join(tmpdir(), 'oak-bench-'))

function ip(...args: readonly string[]): void {
  execFileSync('ip', args)
}

/** A machine and the namespace of an instance, as the overlay makes them. */
function makeNetwork(): void {
  for (const name of [HOST, NAME]) ip('netns', 'add', name)
  ip('-n', HOST, 'link', 'add', 'port', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', NAME)
  ip('-n', HOST, 'addr', 'add', '10.18.0.1/26', 'dev', 'port')
  for (const [name, link] of [
    [HOST, 'port'],
    [NAME, 'eth0'],
    [NAME, 'lo'],
  ] as const)
    ip('-n', name, 'link', 'set', link, 'up')
  for (const address of ['10.18.0.2/26', `${ADDRESS}/32`]) ip('-n', NAME, 'addr', 'add', address, 'dev', 'eth0')
  ip('-n', NAME, 'addr', 'add', `${ADDRESS_V6}/128`, 'dev', 'eth0', 'nodad')
  ip('-n', NAME, 'route', 'add', 'default', 'via', '10.18.0.1')
  ip('-n', HOST, 'route', 'add', `${ADDRESS}/32`, 'via', '10.18.0.2')
}

/** The bare guest's tap, directly on a machine. */
function makeBareNetwork(): void {
  ip('netns', 'add', `${NAME}-b`)
  ip('-n', `${NAME}-b`, 'tuntap', 'add', 'dev', 'tap0', 'mode', 'tap')
  ip('-n', `${NAME}-b`, 'addr', 'add', '10.30.0.1/16', 'dev', 'tap0')
  ip('-n', `${NAME}-b`, 'link', 'set', 'tap0', 'up')
  ip('-n', `${NAME}-b`, 'neigh', 'replace', ADDRESS, 'lladdr', MAC, 'dev', 'tap0', 'nud', 'permanent')
}

/** Keeps what the runtime says of a start. */
function listeningLogger(listen: (message: string, fields: LogFields) => void): Logger {
  const logger: Logger = { ...silentLogger, debug: (message, fields = {}) => listen(message, fields), child: () => logger }
  return logger
}

async function byRuntime(image: string): Promise<GuestRound> {
  let phases: Record<string, number> = {}
  const logger = listeningLogger((message, fields) => {
    const parts = Object.entries(fields).filter((entry): entry is [string, number] => typeof entry[1] === 'number')
    if (message === 'guest started') phases = Object.fromEntries(parts)
  })
  const options = { dir: join(dir, 'qemu'), namespace: NAME, architecture: 'amd64', allowTcg: true, useKvm: false }
  await using runtime = await createQemuRuntime({ ...options, clock: realClock, logger })
  await runtime.ensureImage(image, () => undefined)
  await runtime.check()
  const round = await measured(URL, HOST, async () => {
    const { state } = await runtime.start(spec(image))
    return { pid: state.state === 'running' ? state.pid : 0, phases }
  })
  await runtime.remove('guest')
  return round
}

function spec(image: string): WorkloadSpec {
  const output = { stdoutPath: join(dir, 'console'), stderrPath: join(dir, 'console') }
  const nothing = { labels: {}, command: [], environment: [], privileged: false, mounts: [] }
  const limits = { memoryBytes: MEMORY_MIB * 1024 * 1024 }
  return { id: 'guest', revision: 1, image, hostname: 'guest', limits, netnsPath: `/run/netns/${NAME}`, ...output, ...nothing }
}

async function bare(): Promise<GuestRound> {
  const v6 = `oak.ipv6=${ADDRESS_V6}/64 oak.ipv6_gateway=fe80::1`
  const line = `console=ttyS0 quiet panic=-1 ip=${ADDRESS}::10.30.0.1:255.255.0.0:guest:eth0:off ${v6}`
  const machine = ['-M', 'q35,usb=off', '-accel', 'tcg,thread=multi,tb-size=64', '-cpu', 'max', '-m', `${MEMORY_MIB}M`, '-nodefaults']
  const devices = [
    '-display',
    'none',
    '-serial',
    `file:${join(dir, 'bare.log')}`,
    '-netdev',
    'tap,id=n0,ifname=tap0,script=no,downscript=no',
  ]
  const card = ['-device', `virtio-net-pci,netdev=n0,mac=${MAC},romfile=`]
  const kernel = ['-kernel', join(dir, 'kernel'), '-initrd', join(dir, 'initramfs.cpio'), '-append', line]
  const args = [`--net=/run/netns/${NAME}-b`, 'qemu-system-x86_64', ...machine, ...devices, ...card, ...kernel]
  let child: ChildProcess | undefined
  const round = await measured(URL, `${NAME}-b`, async () => {
    child = spawn('nsenter', args, { stdio: 'ignore' })
    return { pid: child.pid ?? 0 }
  })
  const ended = new Promise((resolve) => child?.once('exit', resolve))
  child?.kill('SIGKILL')
  await ended
  return round
}

interface Medians {
  readonly ms: number
  readonly cpuMs: number
  readonly rssMb: number
  readonly phases: Readonly<Record<string, number>>
}

function report(what: string, rounds: readonly GuestRound[]): Medians {
  const names = Object.keys(rounds[0]?.phases ?? {})
  const of = (pick: (round: GuestRound) => number) => median(rounds.map(pick))
  const phases = Object.fromEntries(names.map((name) => [name, of((round) => round.phases?.[name] ?? Number.NaN)]))
  const all = { ms: of(({ ms }) => ms), cpuMs: of(({ cpuMs }) => cpuMs), rssMb: of(({ rssMb }) => rssMb), phases }
  process.stdout.write(`${JSON.stringify({ bench: 'guest', what, median: all, rounds })}\n`)
  return all
}

function printTable(plain: Medians, others: readonly (readonly [what: string, Medians])[]): void {
  const rows = [['bare QEMU', plain] as const, ...others].map(([what, { ms, cpuMs, rssMb, phases }]) => {
    const parts = Object.entries(phases).map(([name, part]) => `${name.replace(/Ms$/, '')} ${part.toFixed(0)} ms`)
    const cells = [what, `${ms.toFixed(0)} ms`, `${(ms / plain.ms).toFixed(2)} ×`, parts.join(', ')]
    return `| ${[...cells, `${cpuMs.toFixed(0)} ms`, `${rssMb.toFixed(0)} MB`].join(' | ')} |`
  })
  const head = [
    '| Guest started | To the first answer | to bare | of it | Processor time of QEMU | Memory (RSS) |',
    '|---|---|---|---|---|---|',
  ]
  process.stderr.write(`${[...head, ...rows].join('\n')}\nTo reach: 1.1 × of the bare command line.\n`)
}

async function main(): Promise<void> {
  const file = join(dir, 'guest.tar.gz')
  writeFileSync(file, await buildTestGuest())
  writeFileSync(join(dir, 'console'), '')
  execFileSync('tar', ['-xzf', file, '-C', dir])
  makeNetwork()
  makeBareNetwork()
  await using system = values.only === 'runtime' ? undefined : await GuestSystem.start(file, MEMORY_MIB)
  const rounds = { runtime: [] as GuestRound[], system: [] as GuestRound[], bare: [] as GuestRound[] }
  // Turn by turn, so that whatever else the machine does is in all of them.
  for (let round = 0; round < Number(values.rounds); round += 1) {
    rounds.bare.push(await bare())
    rounds.runtime.push(await byRuntime(`file://${file}`))
    if (system) rounds.system.push(await system.round())
  }
  const plain = report('bare QEMU', rounds.bare)
  const others: [string, Medians][] = [['by the runtime', report('by the runtime', rounds.runtime)]]
  if (system) others.push(['by the whole system, from the answer of its API', report('by the whole system', rounds.system)])
  printTable(plain, others)
}

// The agent's waits do not keep a process alive; its own work does.
const hold = setInterval(() => undefined, 1_000)
try {
  await main()
} finally {
  await removeGuests({ dir: join(dir, 'qemu'), namespace: NAME, clock: realClock, logger: silentLogger })
  clearInterval(hold)
  for (const name of [NAME, HOST, `${NAME}-b`]) execFileSync('ip', ['netns', 'del', name], { stdio: 'ignore' })
  rmSync(dir, { recursive: true, force: true })
}
