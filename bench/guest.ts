/**
 * How long a guest takes from its start to its first HTTP answer, by the runtime and by the bare command line of QEMU with
 * the same kernel in the same network, and what memory each has then. Emulated: the machine of the lab has no KVM.
 * Run: `node --import tsx bench/guest.ts [--rounds 5]`. Needs root, QEMU, and Debian's package of a kernel.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { realClock, silentLogger } from '@oakestra/base'
import { createQemuRuntime, removeGuests, type WorkloadSpec } from '@oakestra/runtime'
import { buildTestGuest } from '../images/test-guest/build.ts'

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '5' } } })
const NAME = `oakbench-${process.pid}`
const HOST = `${NAME}-h`
const ADDRESS = '10.30.0.65'
const MEMORY_MIB = 128
const MAC = '52:54:00:12:34:56'
const dir = mkdtempSync(join(tmpdir(), 'oak-bench-'))

interface Round {
  readonly ms: number
  readonly rssMb: number
}

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

/** Somebody who asks, ready to; resolves when there was an answer. */
async function prober(netns: string): Promise<{ readonly answered: Promise<void> }> {
  const args = [`--net=/run/netns/${netns}`, process.execPath, '--import', 'tsx', join(import.meta.dirname, 'first-answer.ts')]
  const child = spawn('nsenter', [...args, `http://${ADDRESS}/`], { stdio: ['ignore', 'pipe', 'inherit'] })
  const says = (word: string) =>
    new Promise<void>((resolve) => child.stdout.on('data', (piece: Buffer) => piece.toString().includes(word) && resolve()))
  const answered = says('answered')
  await says('ready')
  return { answered }
}

function rssMb(pid: number): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024
}

async function measured(netns: string, start: () => Promise<number>): Promise<Round> {
  const { answered } = await prober(netns)
  const startMs = performance.now()
  const pid = await start()
  await answered
  return { ms: performance.now() - startMs, rssMb: rssMb(pid) }
}

async function byRuntime(image: string): Promise<Round> {
  const options = { dir: join(dir, 'qemu'), namespace: NAME, architecture: 'amd64', allowTcg: true, useKvm: false }
  await using runtime = await createQemuRuntime({ ...options, clock: realClock, logger: silentLogger })
  await runtime.ensureImage(image, () => undefined)
  await runtime.check()
  const round = await measured(HOST, async () => {
    const { state } = await runtime.start(spec(image))
    return state.state === 'running' ? state.pid : 0
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

async function bare(): Promise<Round> {
  const line = `console=ttyS0 quiet panic=-1 ip=${ADDRESS}::10.30.0.1:255.255.0.0:guest:eth0:off`
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
  const round = await measured(`${NAME}-b`, async () => {
    child = spawn('nsenter', args, { stdio: 'ignore' })
    return child.pid ?? 0
  })
  const ended = new Promise((resolve) => child?.once('exit', resolve))
  child?.kill('SIGKILL')
  await ended
  return round
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN
}

function report(what: string, rounds: readonly Round[]): { readonly ms: number; readonly rssMb: number } {
  const all = { ms: median(rounds.map(({ ms }) => ms)), rssMb: median(rounds.map(({ rssMb: mb }) => mb)) }
  process.stdout.write(`${JSON.stringify({ what, median: all, rounds })}\n`)
  process.stderr.write(`${what.padEnd(24)} ${all.ms.toFixed(0)} ms to the first answer, ${all.rssMb.toFixed(0)} MB\n`)
  return all
}

// The agent's waits do not keep a process alive; its own work does.
const hold = setInterval(() => undefined, 1_000)
try {
  const archive = await buildTestGuest()
  const file = join(dir, 'guest.tar.gz')
  writeFileSync(file, archive)
  writeFileSync(join(dir, 'console'), '')
  execFileSync('tar', ['-xzf', file, '-C', dir])
  makeNetwork()
  makeBareNetwork()
  const rounds: { readonly runtime: Round[]; readonly bare: Round[] } = { runtime: [], bare: [] }
  // Turn by turn, so that whatever else the machine does is in both.
  for (let round = 0; round < Number(values.rounds); round += 1) {
    rounds.bare.push(await bare())
    rounds.runtime.push(await byRuntime(`file://${file}`))
  }
  const [ours, plain] = [report('by the runtime', rounds.runtime), report('bare QEMU', rounds.bare)]
  process.stderr.write(`ratio: time ${(ours.ms / plain.ms).toFixed(2)}, memory ${(ours.rssMb / plain.rssMb).toFixed(2)}\n`)
} finally {
  await removeGuests({ dir: join(dir, 'qemu'), namespace: NAME, clock: realClock, logger: silentLogger })
  clearInterval(hold)
  for (const name of [NAME, HOST, `${NAME}-b`]) execFileSync('ip', ['netns', 'del', name], { stdio: 'ignore' })
  rmSync(dir, { recursive: true, force: true })
}
