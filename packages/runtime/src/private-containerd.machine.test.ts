import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { realClock, silentLogger } from '@oakestra/base'
import { until } from '@oakestra/base/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { shimSocket } from './containerd/stray-shims.ts'
import { privatePlaces } from './private/places.ts'
import { readIdentity } from './private/process.ts'
import { ensureContainerd, stopPrivateContainerd } from './private-containerd.ts'
import { boxBehaviour, type ContainerdMachine, containerdMissing, createContainerdMachine } from './testing/containerd-machine.ts'

const missing = containerdMissing()
if (missing) console.warn(`skipped: tests of the private containerd (${missing})`)

const common = { clock: realClock, logger: silentLogger, mode: 'private' } as const
const nothing = () => undefined

describe.skipIf(missing)('a private containerd', () => {
  let dir: string
  let dirs: string[]
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'oak-cd-'))
    dirs = [join(dir, 'one')]
  })
  afterEach(async () => {
    for (const dataDir of dirs) await stopPrivateContainerd({ dataDir, ...common })
    await rm(dir, { recursive: true, force: true })
  })

  const pidOf = async (dataDir: string) => (await readIdentity(privatePlaces(dataDir).pidFile))?.pid ?? 0

  test('is started once, and found again by the next agent', async () => {
    const dataDir = join(dir, 'one')
    const first = await ensureContainerd({ dataDir, ...common })
    expect(first).toEqual({ socketPath: join(dataDir, 'containerd.sock'), version: expect.stringMatching(/^\d+\./), isPrivate: true })
    const pid = await pidOf(dataDir)
    expect(await ensureContainerd({ dataDir, ...common })).toEqual(first)
    expect(await pidOf(dataDir)).toBe(pid)
    // Once chosen it stays chosen, whatever else the machine runs.
    expect(await ensureContainerd({ dataDir, ...common, mode: 'auto' })).toEqual(first)
  })

  test('is found again when the agent that started it was killed before it could note that', async () => {
    const dataDir = join(dir, 'one')
    const places = privatePlaces(dataDir)
    const first = await ensureContainerd({ dataDir, ...common })
    const pid = await pidOf(dataDir)
    await rm(places.pidFile)
    expect(await ensureContainerd({ dataDir, ...common })).toEqual(first)
    const running = execFileSync('ps', ['-eo', 'pid=,args='], { encoding: 'utf8' }).split('\n')
    const own = running.filter((line) => line.includes(`containerd --config ${places.config}`))
    expect(own.map((line) => Number.parseInt(line, 10))).toEqual([pid])
  })

  test('has a session of its own and no settings of ours', async () => {
    const dataDir = join(dir, 'one')
    await ensureContainerd({ dataDir, ...common })
    const pid = await pidOf(dataDir)
    const [, , session] = (await readFile(`/proc/${pid}/stat`, 'utf8')).replace(/^.*\) \S+ /, '').split(' ')
    expect(session).toBe(String(pid))
    expect(await readFile(`/proc/${pid}/environ`, 'utf8')).not.toContain('NODE_EXTRA_CA_CERTS')
    expect(await readFile(`/proc/${pid}/oom_score_adj`, 'utf8')).toBe('0\n')
  })

  test('is started again when it was killed, while a foreign process has its number', async () => {
    const dataDir = join(dir, 'one')
    await ensureContainerd({ dataDir, ...common })
    const pid = await pidOf(dataDir)
    process.kill(pid, 'SIGKILL')
    await until('it is gone', () => !existsSync(`/proc/${pid}`) || execFileSync('ps', ['-o', 'stat=', '-p', String(pid)]).includes('Z'))
    await ensureContainerd({ dataDir, ...common })
    expect(await pidOf(dataDir)).not.toBe(pid)
  })

  test('works beside another, and where a path is too long for a socket', async () => {
    const long = join(dir, 'x'.repeat(100), 'two')
    await mkdir(long, { recursive: true })
    dirs.push(long)
    const [one, two] = await Promise.all(dirs.map((dataDir) => ensureContainerd({ dataDir, ...common })))
    expect(two?.socketPath).toMatch(/^\/run\/oakestra\/[0-9a-f]{16}\/containerd\.sock$/)
    expect(one?.socketPath).not.toBe(two?.socketPath)
    await stopPrivateContainerd({ dataDir: long, ...common })
    expect(existsSync(join(two?.socketPath ?? '', '..'))).toBe(false)
    expect(existsSync(long)).toBe(false)
    expect((await ensureContainerd({ dataDir: join(dir, 'one'), ...common })).socketPath).toBe(one?.socketPath)
  })

  test('that cannot be reached by the given socket is a failure with advice', async () => {
    const socketPath = join(dir, 'none.sock')
    await expect(ensureContainerd({ dataDir: dir, ...common, socketPath })).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining(socketPath),
    })
  })

  test('is not started where the machine runs one, and that choice is kept', async () => {
    const machineSocketPath = (await ensureContainerd({ dataDir: join(dir, 'one'), ...common })).socketPath
    const auto = { dataDir: join(dir, 'two'), ...common, mode: 'auto', machineSocketPath } as const
    expect(await ensureContainerd(auto)).toMatchObject({ socketPath: machineSocketPath, isPrivate: false })
    await stopPrivateContainerd({ dataDir: join(dir, 'one'), ...common })
    // Its containers may run on: starting another beside it would lose sight of them.
    const hasty = { ...realClock, monotonicMs: () => realClock.monotonicMs() * 100 }
    await expect(ensureContainerd({ ...auto, clock: hasty })).rejects.toMatchObject({ code: 'unavailable' })
    await stopPrivateContainerd({ ...auto, clock: realClock })
    dirs.push(auto.dataDir)
    expect(await ensureContainerd(auto)).toMatchObject({ isPrivate: true })
  })

  test('need not exist to be stopped', async () => {
    await stopPrivateContainerd({ dataDir: join(dir, 'nowhere'), ...common })
  })
})

describe.skipIf(missing)('containers of a private containerd', () => {
  let machine: ContainerdMachine
  beforeEach(async () => {
    machine = await createContainerdMachine()
  })
  afterEach(() => machine?.[Symbol.asyncDispose]())

  const dataDir = () => join(machine.dir, 'containerd')

  async function startOne(): Promise<number> {
    await using runtime = await machine.runtime()
    await runtime.ensureImage(machine.boxImage, nothing)
    const { state } = await runtime.start(await machine.spec('one', boxBehaviour({ kind: 'stubborn' })))
    return state.state === 'running' ? state.pid : 0
  }

  test('run on when it is killed, and are found again', async () => {
    const pid = await startOne()
    process.kill((await readIdentity(privatePlaces(dataDir()).pidFile))?.pid ?? 0, 'SIGKILL')
    await using runtime = await machine.runtime()
    await expect(runtime.list()).rejects.toMatchObject({ code: 'unavailable' })
    await ensureContainerd({ dataDir: dataDir(), ...common })
    await until('it answers', () => runtime.list())
    expect(await runtime.list()).toEqual([{ id: 'one', revision: 1, state: { state: 'running', pid } }])
    const changed = new Set<string>()
    runtime.onChange((id) => changed.add(id))
    process.kill(pid, 'SIGKILL')
    await until('its end is announced', () => changed.has('one'))
  })

  test('that ended while it was away are known to have, with their exit', async () => {
    const pid = await startOne()
    process.kill((await readIdentity(privatePlaces(dataDir()).pidFile))?.pid ?? 0, 'SIGKILL')
    process.kill(pid, 'SIGKILL')
    await until('the container has ended', () => !existsSync(`/proc/${pid}`))
    await ensureContainerd({ dataDir: dataDir(), ...common })
    await using runtime = await machine.runtime()
    expect(await runtime.get('one')).toMatchObject({ state: { state: 'exited', exitCode: 137, outOfMemory: false } })
  })

  test('are started anew after everything ended at once, as when power fails', async () => {
    const pid = await startOne()
    const shims = shimsOf(machine.socketPath)
    process.kill((await readIdentity(privatePlaces(dataDir()).pidFile))?.pid ?? 0, 'SIGKILL')
    for (const shim of shims) process.kill(shim, 'SIGKILL')
    process.kill(pid, 'SIGKILL')
    await until('everything has ended', () => !existsSync(`/proc/${pid}`) && shimsOf(machine.socketPath).length === 0)
    await ensureContainerd({ dataDir: dataDir(), ...common })
    await using runtime = await machine.runtime()
    const again = await runtime.start(await machine.spec('one', boxBehaviour({ kind: 'run' })))
    expect(again.state.state).toBe('running')
    expect(await runtime.list()).toEqual([again])
  })

  test('leave no socket behind when it is cleaned away, although their shims were killed', async () => {
    const pid = await startOne()
    const socket = shimSocket(machine, 'one')
    expect(existsSync(socket)).toBe(true)
    for (const shim of shimsOf(machine.socketPath)) process.kill(shim, 'SIGKILL')
    await stopPrivateContainerd({ dataDir: dataDir(), ...common })
    expect(existsSync(socket)).toBe(false)
    // Its parent is gone: the machine's first process takes note of its end when it likes.
    await until('the container is gone', () => !existsSync(`/proc/${pid}`))
  })

  test('end with it when it is cleaned away, although it had been killed', async () => {
    const pid = await startOne()
    process.kill((await readIdentity(privatePlaces(dataDir()).pidFile))?.pid ?? 0, 'SIGKILL')
    await stopPrivateContainerd({ dataDir: dataDir(), ...common })
    expect(existsSync(`/proc/${pid}`)).toBe(false)
    expect(existsSync(dataDir())).toBe(false)
    expect(shimsOf(machine.socketPath)).toEqual([])
    expect(await readFile('/proc/self/mountinfo', 'utf8')).not.toContain(machine.dir)
    const controllers = await readdir('/sys/fs/cgroup')
    expect(controllers.filter((name) => existsSync(join('/sys/fs/cgroup', name, machine.namespace)))).toEqual([])
  })
})

/** Processes of containerd's shims that belong to one daemon. */
function shimsOf(socketPath: string): readonly number[] {
  const lines = execFileSync('ps', ['-eo', 'pid=,args='], { encoding: 'utf8' }).split('\n')
  return lines
    .filter((line) => line.includes('containerd-shim') && line.includes(` ${socketPath}`))
    .map((line) => Number.parseInt(line, 10))
}
