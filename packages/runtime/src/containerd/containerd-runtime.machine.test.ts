import { execFileSync, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { appendFile, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { until } from '@oakestra/base/testing'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Runtime, WorkloadSpec } from '../runtime.ts'
import { busyboxLayer } from '../testing/busybox.ts'
import { boxBehaviour, type ContainerdMachine, containerdMissing, createContainerdMachine } from '../testing/containerd-machine.ts'
import { describeRuntimeContract } from '../testing/runtime-contract.ts'
import { shimSocket } from './stray-shims.ts'

const missing = containerdMissing()
if (missing) console.warn(`skipped: tests of containerd (${missing})`)

const nothing = () => undefined
const CGROUPS = '/sys/fs/cgroup'
const isV1 = existsSync(`${CGROUPS}/memory`)

describe.skipIf(missing)('on this machine', () => {
  describeRuntimeContract('containerd', async () => {
    const machine = await createContainerdMachine()
    return {
      runtime: () => machine.runtime(),
      spec: (id, behaviour) => machine.spec(id, boxBehaviour(behaviour)),
      command: (behaviour) =>
        behaviour.kind === 'hang' ? ['/bin/sleep', '1000'] : ['/bin/sh', '-c', `echo ${behaviour.text}; exit ${behaviour.code}`],
      missingImage: `file://${machine.dir}/missing.tar`,
      [Symbol.asyncDispose]: () => machine[Symbol.asyncDispose](),
    }
  })

  describe('a container', () => {
    let machine: ContainerdMachine
    let runtime: Runtime
    beforeAll(async () => {
      machine = await createContainerdMachine()
    })
    afterAll(() => machine?.[Symbol.asyncDispose]())
    beforeEach(async () => {
      runtime = await machine.runtime()
      await runtime.ensureImage(machine.boxImage, nothing)
    })
    afterEach(async () => {
      for (const { id } of await runtime.list()) await runtime.remove(id)
      await runtime[Symbol.asyncDispose]()
    })

    const shell = (script: string, changes: Partial<WorkloadSpec> = {}) => ({ command: ['/bin/sh', '-c', script], ...changes })

    /** Runs a workload to its end. */
    async function outcome(changes: Partial<WorkloadSpec>): Promise<{ exitCode: number | undefined; stdout: string; stderr: string }> {
      const id = `run-${Math.trunc(performance.now() * 1000)}`
      const spec = await machine.spec(id, changes)
      await runtime.ensureImage(spec.image, nothing)
      await runtime.start(spec)
      let exitCode: number | undefined
      await until('it has ended', async () => {
        const state = (await runtime.get(id))?.state
        exitCode = state?.state === 'exited' ? state.exitCode : undefined
        return exitCode !== undefined
      })
      // Only then has everything it printed arrived.
      await runtime.remove(id)
      return {
        exitCode,
        stdout: await readFile(spec.stdoutPath, 'utf8'),
        stderr: await readFile(spec.stderrPath, 'utf8'),
      }
    }

    test('prints into one file per stream while nobody reads and no agent runs', async () => {
      const script = 'for n in 1 2 3 4 5 6 7 8; do echo "out $n"; echo "err $n" >&2; usleep 50000; done; head -c 1000000 /dev/zero'
      const spec = await machine.spec('print', shell(script))
      await runtime.start(spec)
      await runtime[Symbol.asyncDispose]()
      const lines = (stream: string) => [1, 2, 3, 4, 5, 6, 7, 8].map((number) => `${stream} ${number}\n`).join('')
      await until('everything is printed', async () => (await stat(spec.stdoutPath)).size >= lines('out').length + 1_000_000)
      await until('the errors are by themselves', async () => (await readFile(spec.stderrPath, 'utf8')) === lines('err'))
      runtime = await machine.runtime()
      expect((await readFile(spec.stdoutPath, 'utf8')).replaceAll('\0', '')).toBe(lines('out'))
    })

    test('appends to what the container before it printed', async () => {
      const spec = await machine.spec('append', shell('echo again'))
      await appendFile(spec.stdoutPath, 'before\n')
      await runtime.start(spec)
      await until('it has printed', async () => (await readFile(spec.stdoutPath, 'utf8')) === 'before\nagain\n')
    })

    test('runs a command in its own world, and says of one that is not there that it cannot be run', async () => {
      await runtime.start(await machine.spec('world', shell('while :; do usleep 100000; done', { environment: ['WORLD=ours'] })))
      const inside = (command: readonly string[]) => runtime.exec('world', { command, timeoutMs: 30_000 })
      expect(await inside(['/bin/sh', '-c', 'echo $WORLD; hostname'])).toEqual({ exitCode: 0, output: 'ours\nworld\n' })
      expect(await inside(['/nothing'])).toMatchObject({ exitCode: 127, output: expect.stringContaining('/nothing') })
    })

    test('ends a command that prints without end', async () => {
      await runtime.start(await machine.spec('flood', shell('while :; do usleep 100000; done')))
      const flood = { command: ['/bin/sh', '-c', 'yes'], timeoutMs: 60_000 }
      await expect(runtime.exec('flood', flood)).rejects.toMatchObject({ code: 'limit-exceeded' })
    })

    test('has the limits it was given', async () => {
      const limits = { memoryBytes: 48 * 1024 * 1024, cpus: 0.5, pids: 64 }
      await runtime.start(await machine.spec('limited', { ...boxBehaviour({ kind: 'run' }), limits }))
      const read = async (controller: string, file: string) =>
        (await readFile(join(CGROUPS, isV1 ? controller : '', machine.namespace, 'limited', file), 'utf8')).trim()
      if (isV1) {
        expect(await read('memory', 'memory.limit_in_bytes')).toBe(String(limits.memoryBytes))
        expect(await read('cpu', 'cpu.cfs_quota_us')).toBe('50000')
        expect(await read('cpu', 'cpu.cfs_period_us')).toBe('100000')
      } else {
        expect(await read('', 'memory.max')).toBe(String(limits.memoryBytes))
        expect(await read('', 'cpu.max')).toBe('50000 100000')
      }
      expect(await read('pids', 'pids.max')).toBe('64')
    })

    test('is held to its share of the processor', async () => {
      await runtime.start(await machine.spec('busy', shell('while :; do :; done', { limits: { cpus: 0.2 } })))
      const cores = Number(execFileSync('nproc', { encoding: 'utf8' }))
      const share = (0.2 * 100) / cores
      // The first period may be used whole before it is held back; measured over a second that no longer shows.
      const isHeld = async () => {
        const percent = (await runtime.usage()).get('busy')?.cpuPercent ?? 0
        return percent > share / 4 && percent < share * 1.5
      }
      await until('it uses its share', isHeld, { intervalMs: 1000, timeoutMs: 30_000 })
    })

    test('cannot have more processes than allowed', async () => {
      const script = 'for n in 1 2 3 4 5 6 7 8 9 10 11 12; do sleep 1 & done; wait'
      expect((await outcome(shell(script, { limits: { pids: 8 } }))).stderr).toMatch(/fork|Resource temporarily unavailable/)
    })

    test('runs with few rights', async () => {
      const { stdout } = await outcome(
        shell(
          'grep -E "^(CapEff|CapBnd|NoNewPrivs|Seccomp):" /proc/self/status; ulimit -n; mount -t tmpfs none /tmp; unshare -m true; echo $?',
        ),
      )
      expect(stdout).toContain('CapEff:\t00000000a80425fb')
      expect(stdout).toContain('NoNewPrivs:\t1')
      expect(stdout).toContain('Seccomp:\t2')
      expect(stdout.trim().endsWith('1')).toBe(true)
    })

    test('has more rights only when privileged', async () => {
      const { stdout, exitCode } = await outcome(
        shell('grep -E "^(NoNewPrivs|Seccomp):" /proc/self/status; mount -t tmpfs none /tmp', { privileged: true }),
      )
      expect(stdout).toContain('NoNewPrivs:\t0')
      expect(stdout).toContain('Seccomp:\t0')
      expect(exitCode).toBe(0)
    })

    test('sees its name, its environment, its mounts and its network', async () => {
      const file = join(machine.dir, 'hosts')
      await writeFile(file, '10.0.0.1 other\n')
      const mounts = [{ source: file, target: '/etc/hosts', readonly: true }]
      const script = 'hostname; echo $GREETING $HOSTNAME; cat /etc/hosts; echo x >> /etc/hosts; ip link | grep -c :'
      const { stdout, stderr } = await outcome(shell(script, { hostname: 'web-0', environment: ['GREETING=hello', 'PATH=/bin'], mounts }))
      expect(stdout.split('\n').slice(0, 3)).toEqual(['web-0', 'hello web-0', '10.0.0.1 other'])
      expect(stderr).toContain('Read-only file system')
      expect(await readFile(file, 'utf8')).toBe('10.0.0.1 other\n')
    })

    test('runs as its image says: who, where, what, and how it is asked to end', async () => {
      const passwd = { path: 'etc/passwd', content: 'root:x:0:0::/:/bin/sh\nweb:x:1001:1002::/:/bin/sh\n' }
      const group = { path: 'etc/group', content: 'web:x:1002:\nmail:x:8:web\n' }
      const script = 'trap "echo asked; exit 5" USR1; id; pwd; while :; do sleep 1 & wait $!; done'
      const config = {
        User: 'web',
        WorkingDir: '/tmp',
        Env: ['PATH=/bin'],
        Entrypoint: ['/bin/sh', '-c'],
        Cmd: [script],
        StopSignal: 'SIGUSR1',
      }
      const image = await machine.image('user', { layers: [busyboxLayer(), [passwd, group]], config })
      const spec = await machine.spec('user', { image })
      await runtime.ensureImage(image, nothing)
      await runtime.start(spec)
      await until('it has begun', async () => (await readFile(spec.stdoutPath, 'utf8')).includes('/tmp'))
      await runtime.stop('user', { graceMs: 30_000 })
      expect((await runtime.get('user'))?.state).toMatchObject({ exitCode: 5 })
      expect(await readFile(spec.stdoutPath, 'utf8')).toBe('uid=1001(web) gid=1002(web) groups=8(mail)\n/tmp\nasked\n')
    })

    test.each([
      ['/nope', 'no such file'],
      ['/etc/passwd', 'permission denied'],
    ])('that cannot run %s says so, and leaves nothing', async (program, reason) => {
      const spec = await machine.spec('broken', { command: [program] })
      await expect(runtime.start(spec)).rejects.toMatchObject({ code: 'bad-request', message: expect.stringContaining(reason) })
      expect(await runtime.list()).toEqual([])
    })

    test.each(['', 'a b', '../x', 'x'.repeat(100)])('cannot have the id %j', async (id) => {
      await expect(runtime.start({ ...(await machine.spec('any')), id })).rejects.toMatchObject({ code: 'bad-request' })
    })

    test('leaves no group, mount or process behind', async () => {
      const workload = await runtime.start(await machine.spec('traces', boxBehaviour({ kind: 'stubborn' })))
      const pid = workload.state.state === 'running' ? workload.state.pid : 0
      expect(existsSync(`/proc/${pid}`)).toBe(true)
      await runtime.remove('traces')
      expect(existsSync(`/proc/${pid}`)).toBe(false)
      expect(await readFile('/proc/self/mountinfo', 'utf8')).not.toContain('/traces/')
      const controllers = await readdir(CGROUPS)
      expect(controllers.filter((name) => existsSync(join(CGROUPS, name, machine.namespace, 'traces')))).toEqual([])
    })

    test('keeps its exit although its task is lost, as when the machine restarts', async () => {
      await runtime.start(await machine.spec('lost', shell('exit 4')))
      const before = await until('it has ended', async () => {
        const state = (await runtime.get('lost'))?.state
        return state?.state === 'exited' && state
      })
      execFileSync('ctr', ['--address', machine.socketPath, '--namespace', machine.namespace, 'task', 'delete', 'lost'], {
        stdio: 'ignore',
      })
      expect((await runtime.get('lost'))?.state).toEqual(before)
    })

    test('half made by an agent that was killed is cleared away by the next', async () => {
      const ctr = (...args: readonly string[]) =>
        execFileSync('ctr', ['--address', machine.socketPath, '--namespace', machine.namespace, ...args], { encoding: 'utf8' })
      for (const id of ['oakestra-1234', 'oakestra-pull-1234', 'of-somebody-else']) ctr('leases', 'create', '--id', id)
      await using next = await machine.runtime()
      await next.list()
      // A download that was interrupted goes on where it was.
      expect(ctr('leases', 'ls', '-q').trim().split('\n').sort()).toEqual(['oakestra-pull-1234', 'of-somebody-else'])
    })

    test('that containerd forgot while it was made leaves no process of containerd behind', async () => {
      // As containerd starts one: in a directory with a log to write to, which somebody reads.
      const dir = join(machine.dir, 'stray')
      await mkdir(dir)
      await writeFile(join(dir, 'config.json'), '{"ociVersion":"1.0.2"}')
      execFileSync('mkfifo', [join(dir, 'log')])
      const reader = spawn('cat', [join(dir, 'log')], { stdio: 'ignore' })
      const ended = new Promise((resolve) => reader.once('exit', resolve))
      const args = ['-namespace', machine.namespace, '-id', 'stray', '-address', machine.socketPath]
      const env = { ...process.env, TTRPC_ADDRESS: `${machine.socketPath}.ttrpc` }
      execFileSync('containerd-shim-runc-v2', [...args, 'start'], { cwd: dir, env, stdio: 'ignore' })
      await runtime.start(await machine.spec('other', boxBehaviour({ kind: 'run' })))
      await using next = await machine.runtime()
      await next.list()
      // Its end closes the log.
      await ended
      expect(existsSync(shimSocket(machine, 'stray'))).toBe(false)
      expect((await next.get('other'))?.state.state).toBe('running')
    })

    test('that was made but never started is made anew', async () => {
      const ctr = ['--address', machine.socketPath, '--namespace', machine.namespace]
      const names = execFileSync('ctr', [...ctr, 'image', 'ls', '-q'], { encoding: 'utf8' })
        .trim()
        .split('\n')
      const image = names.find((name) => name.endsWith('/box.tar')) ?? ''
      execFileSync('ctr', [...ctr, 'container', 'create', '--label', 'oakestra.io/revision=1', image, 'half'])
      expect(await runtime.get('half')).toEqual({ id: 'half', revision: 1, state: { state: 'created' } })
      const workload = await runtime.start(await machine.spec('half', boxBehaviour({ kind: 'run' })))
      expect(workload.state.state).toBe('running')
    })
  })

  describe('images', () => {
    let machine: ContainerdMachine
    beforeAll(async () => {
      machine = await createContainerdMachine()
    })
    afterAll(() => machine?.[Symbol.asyncDispose]())

    const prints = (text: string) => ({ layers: [busyboxLayer()], config: { Env: ['PATH=/bin'], Entrypoint: ['/bin/echo', text] } })

    async function printed(runtime: Runtime, image: string): Promise<string> {
      const spec = await machine.spec('echo', { image })
      await writeFile(spec.stdoutPath, '')
      await runtime.ensureImage(image, nothing)
      await runtime.start(spec)
      await until('it has printed', async () => (await readFile(spec.stdoutPath, 'utf8')) !== '')
      await runtime.remove('echo')
      return (await readFile(spec.stdoutPath, 'utf8')).trim()
    }

    test('are taken anew when their archive was built again, and kept when it is gone', async () => {
      await using runtime = await machine.runtime()
      const image = await machine.image('echo', prints('first'))
      expect(await printed(runtime, image)).toBe('first')
      await machine.image('echo', prints('second'))
      expect(await printed(runtime, image)).toBe('second')
      execFileSync('rm', [join(machine.dir, 'echo.tar')])
      expect(await printed(runtime, image)).toBe('second')
    })

    test('share what they have in common', async () => {
      await using runtime = await machine.runtime()
      for (const name of ['one', 'two']) await runtime.ensureImage(await machine.image(name, prints(name)), nothing)
      const ctr = ['--address', machine.socketPath, '--namespace', machine.namespace]
      const snapshots = execFileSync('ctr', [...ctr, 'snapshot', 'ls'], { encoding: 'utf8' })
      expect(snapshots.match(/Committed/g)).toHaveLength(1)
    })

    test('survive a collection of garbage, and leave no compressed copy', async () => {
      await using runtime = await machine.runtime()
      const image = await machine.image('kept', prints('kept'))
      await runtime.ensureImage(image, nothing)
      const ctr = ['--address', machine.socketPath, '--namespace', machine.namespace]
      await until('the copy is collected', () => !execFileSync('ctr', [...ctr, 'content', 'ls'], { encoding: 'utf8' }).includes('MB'))
      expect(await printed(runtime, image)).toBe('kept')
    })

    test('may be compressed as a whole', async () => {
      await using runtime = await machine.runtime()
      await machine.image('packed', prints('packed'))
      execFileSync('gzip', [join(machine.dir, 'packed.tar')])
      expect(await printed(runtime, `file://${machine.dir}/packed.tar.gz`)).toBe('packed')
    })

    test('for another architecture are refused by name', async () => {
      await using runtime = await machine.runtime()
      const image = await machine.image('foreign', { ...prints('x'), architecture: 'riscv64' })
      await expect(runtime.ensureImage(image, nothing)).rejects.toMatchObject({
        code: 'image-invalid',
        message: expect.stringContaining('riscv64'),
      })
    })

    test.each([
      ['empty', Buffer.alloc(0)],
      ['text', Buffer.from('this is not an archive')],
      ['zeros', Buffer.alloc(10_240)],
    ])('that are %s are refused', async (name, content) => {
      await using runtime = await machine.runtime()
      await writeFile(join(machine.dir, `${name}.tar`), content)
      await expect(runtime.ensureImage(`${machine.dir}/${name}.tar`, nothing)).rejects.toMatchObject({
        code: 'image-invalid',
        retryable: false,
      })
    })

    test('that were cut short are refused, and taken when they are whole', async () => {
      await using runtime = await machine.runtime()
      const image = await machine.image('cut', prints('whole'))
      const path = join(machine.dir, 'cut.tar')
      const whole = await readFile(path)
      await writeFile(path, whole.subarray(0, whole.length / 2))
      await expect(runtime.ensureImage(image, nothing)).rejects.toMatchObject({ code: 'image-invalid' })
      await writeFile(path, whole)
      expect(await printed(runtime, image)).toBe('whole')
    })

    test('whose content is not what its digest says are refused', async () => {
      await using runtime = await machine.runtime()
      const image = await machine.image('forged', prints('forged'))
      const path = join(machine.dir, 'forged.tar')
      const bytes = await readFile(path)
      bytes.writeUInt8((bytes[200_000] ?? 0) ^ 1, 200_000)
      await writeFile(path, bytes)
      await expect(runtime.ensureImage(image, nothing)).rejects.toMatchObject({
        code: 'image-invalid',
        message: expect.stringContaining('digest'),
      })
    })

    test('that are directories are refused', async () => {
      await using runtime = await machine.runtime()
      await mkdir(join(machine.dir, 'directory.tar'))
      await expect(runtime.ensureImage(`${machine.dir}/directory.tar`, nothing)).rejects.toMatchObject({ code: 'image-invalid' })
    })
  })
})
