import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { Disposal } from '@oakestra/base'
import { until } from '@oakestra/base/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePorts, type Ran, run } from './support/oak.ts'
import { missingRights } from './support/rights.ts'

const REPOSITORY = path.resolve(import.meta.dirname, '..')
const PORTS = [
  'OAK_ROOT_API_PORT',
  'OAK_ROOT_DASHBOARD_PORT',
  'OAK_ROOT_SESSIONS_PORT',
  'OAK_CLUSTER_API_PORT',
  'OAK_CLUSTER_SESSIONS_PORT',
  'OAK_NODE_TUNNEL_PORT',
  'OAK_DEMO_PORT',
]

/** What README.md tells a person to do, in a clone of their own. */
describe.skipIf(missingRights())('the first steps', () => {
  const owned = new Disposal()
  let clone: string
  let dataDir: string
  let env: NodeJS.ProcessEnv

  beforeAll(async () => {
    const dir = await mkdtemp(path.join(os.tmpdir(), 'oak-first-steps-'))
    owned.defer(() => rm(dir, { recursive: true, force: true }))
    clone = path.join(dir, 'oakestra')
    dataDir = path.join(dir, 'data')
    const cloned = await run(['git', 'clone', '--quiet', '--depth', '1', `file://${REPOSITORY}`, clone])
    expect(cloned, cloned.stderr).toMatchObject({ code: 0 })
    await shareNpmPackages(clone)
    const ports = await freePorts(PORTS.length)
    env = {
      PATH: process.env['PATH'],
      HOME: dir,
      OAK_DATA_DIR: dataDir,
      ...Object.fromEntries(PORTS.map((name, index) => [name, String(ports[index])])),
    }
    owned.defer(async () => void (await getStarted('clean')))
  })
  afterAll(() => owned[Symbol.asyncDispose]())

  it('lead from a clean clone to a page, whose address is printed', async () => {
    const started = await getStarted()
    expect(started, started.stderr).toMatchObject({ code: 0, stdout: expect.stringContaining('Oakestra is running.') })
    const [page] = /http:\/\/[\d.]+:\d+(?= +\(inside the overlay: 10\.30\.80\.80\))/.exec(started.stdout) ?? []
    expect(page).toMatch(`:${env['OAK_DEMO_PORT']}`)
    expect(await textAt(page ?? '')).toBe('Hello from web-0\n')
    expect(await textAt(`http://127.0.0.1:${env['OAK_DEMO_PORT']}`)).toBe('Hello from web-0\n')
    for (const address of [...started.stdout.matchAll(/http:\/\/127\.0\.0\.1:\d+\/api\/docs/g)])
      expect(await textAt(address[0])).toContain('<html')
  })

  it('lead on: each command that is printed works, and the client reads the page by its service address', async () => {
    const { stdout } = await getStarted()
    expect(stdout).toContain('Oakestra is running; nothing had to be changed.')
    const commands = stdout
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line.startsWith('./oak '))
    expect(commands).toHaveLength(3)
    for (const command of commands) {
      const [file = '', ...args] = command.replace(' --follow', '').split(' ')
      const ran = await inClone(file, ...args)
      expect(ran, command).toMatchObject({ code: 0, stderr: '' })
    }
    const logs = () => inClone('./oak', 'service', 'logs', 'client').then((ran) => ran.stdout)
    expect(await logs()).toContain('asking http://10.30.80.80 every 2 s')
    await until('the client has read the page', async () => (await logs()).includes('Hello from web-0'))
  })

  it('stop without stopping what runs, and start again', async () => {
    expect(await getStarted('stop')).toMatchObject({ code: 0, stderr: expect.stringContaining('Workloads go on running') })
    expect((await inClone('./oak', 'status')).code).toBe(3)
    expect(await textAt(`http://127.0.0.1:${env['OAK_DEMO_PORT']}`)).toBe('Hello from web-0\n')
    const again = await getStarted()
    expect(again.stdout).toContain('Oakestra is running.')
    expect((await inClone('./oak', 'service', 'logs', 'web')).stdout).toBe('web-0 serves on port 80\n')
  })

  it('remove every trace, and the clone is as it was', async () => {
    const nodes = JSON.parse((await inClone('./oak', 'node', 'list', '--json')).stdout) as readonly { readonly id: string }[]
    const tag = createHash('sha256')
      .update(nodes[0]?.id ?? '')
      .digest('hex')
      .slice(0, 5)
    expect(await tracesOf(tag, dataDir)).not.toEqual([])
    expect(await getStarted('clean')).toMatchObject({ code: 0, stdout: expect.stringContaining(`removed ${dataDir}`) })
    expect(await tracesOf(tag, dataDir)).toEqual([])
    expect(existsSync(dataDir)).toBe(false)
    await expect(textAt(`http://127.0.0.1:${env['OAK_DEMO_PORT']}`)).rejects.toThrow('fetch failed')
    expect((await run(['git', '-C', clone, 'status', '--short'])).stdout).toBe('')
    expect(await getStarted('clean')).toMatchObject({ code: 0, stderr: expect.stringContaining('There was nothing to remove') })
  })

  function getStarted(...args: readonly string[]): Promise<Ran> {
    return inClone('./getstarted.sh', ...args)
  }

  function inClone(file: string, ...args: readonly string[]): Promise<Ran> {
    return run([path.join(clone, file), ...args], env)
  }
})

/**
 * Gives the clone the packages that are installed here, by links to the files: fetching and unpacking them takes half a
 * minute and proves nothing of ours. The links between our own packages are relative, and lead to the clone's.
 */
async function shareNpmPackages(clone: string): Promise<void> {
  const [from, to] = [path.join(REPOSITORY, 'node_modules'), path.join(clone, 'node_modules')]
  const linked = await run(['cp', '--archive', '--link', from, to])
  if (linked.code !== 0) await run(['cp', '--archive', from, clone])
  // Newer than the lock file that was just checked out, which says that they are installed; and not by touching the original.
  const lock = path.join(to, '.package-lock.json')
  const content = await readFile(lock)
  await rm(lock)
  await writeFile(lock, content)
}

async function textAt(address: string): Promise<string> {
  return (await fetch(address)).text()
}

/** Lines of whatever the machine can be asked for that mention a node or its data directory. */
async function tracesOf(tag: string, dataDir: string): Promise<readonly string[]> {
  const parts = await Promise.all([
    run(['ip', '-o', 'link']),
    run(['ip', 'rule']),
    run(['nft', 'list', 'ruleset']),
    run(['ps', '-eo', 'pid,args']),
    readFile('/proc/self/mountinfo', 'utf8').then((stdout) => ({ stdout })),
    readdir('/run/netns').then((names) => ({ stdout: names.join('\n') })),
  ])
  const names = [dataDir, `oak${tag}`, `oak_${tag}`, `oak-${tag}-`, `v${tag}-`]
  return parts.flatMap(({ stdout }) => stdout.split('\n')).filter((line) => names.some((name) => line.includes(name)))
}
