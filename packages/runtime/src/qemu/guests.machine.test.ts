import { type ChildProcess, spawn } from 'node:child_process'
import { open, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { realClock } from '@oakestra/base'
import { until } from '@oakestra/base/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { identifyProcess } from '../private/process.ts'
import type { Runtime, Workload } from '../runtime.ts'
import { createQemuMachine, type QemuMachine, qemuMissing } from '../testing/qemu-machine.ts'
import { FILE } from './guest/command-line.ts'
import { converse, processesNamed } from './guest/guest.ts'
import { userOf } from './guest/instances.ts'

const missing = qemuMissing()
if (missing) console.warn(`skipped: guests on QEMU (${missing})`)

const AGENT = join(import.meta.dirname, '../testing/qemu-agent.ts')
const nothing = () => undefined

describe.skipIf(missing)('guests on QEMU', () => {
  let machine: QemuMachine
  let runtime: Runtime
  beforeEach(async () => {
    machine = await createQemuMachine()
    runtime = await machine.runtime()
  })
  afterEach(async () => {
    await runtime?.[Symbol.asyncDispose]()
    await machine?.[Symbol.asyncDispose]()
  })

  async function start(id: string, kind: 'run' | 'stubborn', changes = {}): Promise<Workload> {
    const image = await machine.tinyImage({ kind })
    await runtime.ensureImage(image, nothing)
    return runtime.start(await machine.spec(id, image, changes))
  }

  const pidOf = ({ state }: Workload) => (state.state === 'running' ? state.pid : 0)

  /** Everything that guests may leave behind. */
  async function traces(): Promise<readonly string[]> {
    const ids = await readdir(join(machine.dir, 'qemu/instances')).catch(() => [])
    const groups = await readdir(join('/sys/fs/cgroup/memory', machine.namespace), { withFileTypes: true }).catch(() => [])
    const processes = await processesNamed((await nameOf('')).slice(0, -1))
    return [...ids, ...groups.filter((entry) => entry.isDirectory()).map(({ name }) => `group ${name}`), ...processes.map(String)]
  }

  const nameOf = async (id: string) => {
    const { createHash } = await import('node:crypto')
    return `${createHash('sha256').update(join(machine.dir, 'qemu')).digest('hex').slice(0, 8)}-${id}`
  }

  test('start twenty at once, and are ended together', async () => {
    const ids = Array.from({ length: 20 }, (_, index) => `guest-${index}`)
    const started = await Promise.all(ids.map((id) => start(id, 'run')))
    expect(new Set(started.map(pidOf)).size).toBe(20)
    await until('all are seen to use memory', async () => (await runtime.usage()).size === 20)
    const bytes = [...(await runtime.usage()).values()].reduce((sum, usage) => sum + usage.memoryBytes, 0)
    expect(bytes).toBeLessThan(20 * 100 * 1024 * 1024)
    await Promise.all(ids.map((id) => runtime.remove(id)))
    expect(await traces()).toEqual([])
  })

  test('run as users of their own, without a way to more rights, within their limits', async () => {
    const [one, two] = await Promise.all([start('one', 'run', { limits: { memoryBytes: 32 * 1024 * 1024, cpus: 1 } }), start('two', 'run')])
    const status = await readFile(`/proc/${pidOf(one)}/status`, 'utf8')
    expect(status).toMatch(new RegExp(`^Uid:\\t${userOf('one')}\\t${userOf('one')}\\t`, 'm'))
    expect(status).toMatch(/^Groups:\s*$/m)
    expect(status).toMatch(/^CapEff:\t0+$/m)
    expect(status).toMatch(/^NoNewPrivs:\t1$/m)
    expect(status).toMatch(/^Seccomp:\t2$/m)
    expect(await readFile(`/proc/${pidOf(two)}/status`, 'utf8')).toContain(`Uid:\t${userOf('two')}`)
    expect(await readFile(`/proc/${pidOf(one)}/cgroup`, 'utf8')).toContain(`/${machine.namespace}/one`)
  })

  test('that ended while no agent was there are known by their exit', async () => {
    const image = await machine.tinyImage({ kind: 'exit', code: 42 })
    await runtime.ensureImage(image, nothing)
    await runtime.start(await machine.spec('one', image))
    await runtime[Symbol.asyncDispose]()
    runtime = await machine.runtime()
    const ended = await until('the exit is known', async () => {
      const state = (await runtime.get('one'))?.state
      return state?.state === 'exited' && state
    })
    expect(ended).toMatchObject({ exitCode: 42, outOfMemory: false })
  })

  test('that a power cut ended are to be started anew, and did not fail', async () => {
    process.kill(pidOf(await start('one', 'run')), 'SIGKILL')
    await runtime[Symbol.asyncDispose]()
    const file = join(machine.dir, 'qemu/instances/one/instance.json')
    const { exit: _, ...record } = JSON.parse(await readFile(file, 'utf8'))
    await writeFile(file, JSON.stringify({ ...record, bootId: 'another start of the machine' }))
    runtime = await machine.runtime()
    expect(await runtime.list()).toEqual([{ id: 'one', revision: 1, state: { state: 'created' } }])
    expect(pidOf(await start('one', 'run'))).toBeGreaterThan(0)
  })

  test('that were written down and never let go, since their agent was killed, are let go by the next', async () => {
    const pid = pidOf(await start('one', 'run'))
    const [program = '', ...args] = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0').slice(0, -1)
    await runtime[Symbol.asyncDispose]()
    process.kill(pid, 'SIGKILL')
    const dir = join(machine.dir, 'qemu/instances/one')
    await using console = await open(join(machine.dir, 'console'), 'a')
    const held = spawn(program, args, { cwd: dir, stdio: ['ignore', 'ignore', 'ignore', console.fd] })
    const record = JSON.parse(await readFile(join(dir, FILE.record), 'utf8'))
    await writeFile(join(dir, FILE.record), JSON.stringify({ ...record, process: await identifyProcess(held.pid ?? 0) }))
    const status = await until('it goes on', async () => {
      runtime = await machine.runtime()
      expect((await runtime.get('one'))?.state).toEqual({ state: 'running', pid: held.pid })
      await runtime[Symbol.asyncDispose]()
      const qmp = await converse(dir, realClock, nothing, nothing)
      const found = await qmp.call('query-status')
      qmp.close()
      return JSON.stringify(found).includes('"running":true') && found
    })
    expect(status).toMatchObject({ status: 'running' })
    runtime = await machine.runtime()
  })

  test('whose QEMU is killed are announced as killed', async () => {
    const changed: string[] = []
    runtime.onChange((id) => changed.push(id))
    process.kill(pidOf(await start('one', 'stubborn')), 'SIGKILL')
    await until('it is announced', () => changed.includes('one'))
    expect((await runtime.get('one'))?.state).toMatchObject({ state: 'exited', exitCode: 137 })
  })

  test('cannot be had without QEMU, or where KVM is missing and nobody allows less, and it is said what to do', async () => {
    await using none = await machine.runtime({ path: '/nowhere' })
    await expect(none.check()).rejects.toMatchObject({
      code: 'unavailable',
      message: 'QEMU is not installed: there is no qemu-system-x86_64; install qemu-system-x86',
    })
    await using strict = await machine.runtime({ allowTcg: false })
    await expect(strict.check()).rejects.toMatchObject({ message: expect.stringContaining('set node.unikernel.allowTcg') })
    const spec = await machine.spec('one', await machine.tinyImage({ kind: 'run' }))
    await strict.ensureImage(spec.image, nothing)
    await expect(strict.start(spec)).rejects.toMatchObject({ code: 'unavailable' })
    expect(await traces()).toEqual([])
  })

  test('that QEMU refuses leave nothing, and its own words are the reason', async () => {
    const refused = start('one', 'run', { limits: { memoryBytes: 64 * 1024 ** 5 } })
    await expect(refused).rejects.toMatchObject({ code: 'unavailable', message: expect.stringMatching(/^QEMU did not start: .*memory/i) })
    expect(await traces()).toEqual([])
  })

  test.each([0, 30, 90])('leave nothing when the agent is killed %i ms into a start', async (delayMs) => {
    const spec = await machine.spec('one', await machine.tinyImage({ kind: 'run' }))
    const agent = spawn(process.execPath, ['--import', 'tsx', AGENT, join(machine.dir, 'qemu'), machine.namespace, JSON.stringify(spec)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    await says(agent, 'starting')
    // The one wait for a time: the moment of a kill is what this is about.
    await sleep(delayMs)
    await killed(agent)
    const found = await runtime.list()
    for (const { id } of found) await runtime.remove(id)
    await runtime.remove('one')
    expect(await traces()).toEqual([])
    expect(pidOf(await start('one', 'run'))).toBeGreaterThan(0)
  })
})

function says(child: ChildProcess, word: string): Promise<void> {
  return new Promise((resolve, reject) => {
    child.stdout?.on('data', (piece: Buffer) => piece.toString().includes(word) && resolve())
    child.once('exit', (code) => reject(new Error(`the agent ended with ${code}`)))
  })
}

async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGKILL')
  await ended
}
