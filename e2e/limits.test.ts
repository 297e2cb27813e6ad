import { readdir, stat } from 'node:fs/promises'
import { createServer } from 'node:http'
import path from 'node:path'
import { until } from '@oakestra/base/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ApiUser, type SeenInstance, type SeenLine } from './support/api-user.ts'
import { Images } from './support/images.ts'
import { MachineView } from './support/machine-view.ts'
import { Oak } from './support/oak.ts'
import { missingRights } from './support/rights.ts'

const MIB = 1024 * 1024
// The node's defaults, as `docs/operations/logs.md` promises them.
const KEPT_BYTES = 4 * 8 * MIB
// A file ends with the piece that made it long enough, and what was read is given back in blocks.
const SLACK_BYTES = 2 * MIB
const GRACE_MS = 10_000
const PIDS_MAX = 4096

const shell = (script: string) => ({ cmd: ['sh', '-c', script] })
const STAYS = 'trap "exit 0" TERM; sleep 10000 & wait'

describe.skipIf(missingRights())('an instance', () => {
  let images: Images
  let oak: Oak
  let user: ApiUser
  let machine: MachineView

  beforeAll(async () => {
    images = await Images.build()
    oak = await Oak.create()
    await oak.start()
    user = await ApiUser.login(oak)
    machine = new MachineView(oak, await user.seesNode())
  })
  afterAll(async () => {
    await oak?.[Symbol.asyncDispose]()
    await images?.[Symbol.asyncDispose]()
  })

  /** Creates an application with one service, and gives its only instance once it is in this state. */
  async function deployed(name: string, status: string, fields: object): Promise<{ id: string; instance: SeenInstance }> {
    const { [name]: id = '' } = await user.createApplication(name, [{ microservice_name: name, code: images.code('box'), ...fields }])
    await user.deploy(id)
    const [instance] = await user.sees(id, status)
    if (!instance) throw new Error(`${name} has no instance`)
    return { id, instance }
  }

  async function removed(id: string): Promise<number> {
    const startMs = performance.now()
    await user.undeploy(id)
    await user.seesGone(id, 0)
    return performance.now() - startMs
  }

  it('is held to what it asked for', async () => {
    const { instance } = await deployed('limited', 'RUNNING', { ...shell(STAYS), memory: 64, vcpus: 1 })
    expect(await machine.limitsOf(instance._id)).toEqual({ memoryBytes: 64 * MIB, cpus: 1, pids: PIDS_MAX })
  })

  it('that asked for nothing is held to a number of processes only', async () => {
    const { instance } = await deployed('free', 'RUNNING', { ...shell(STAYS), memory: 0 })
    expect(await machine.limitsOf(instance._id)).toEqual({ memoryBytes: undefined, cpus: undefined, pids: PIDS_MAX })
  })

  it('that used more memory than it asked for is said to have', async () => {
    const once = await deployed('greedy', 'FAILED', { cmd: ['tail', '/dev/zero'], memory: 16, one_shot: true })
    expect(once.instance).toMatchObject({ status_detail: expect.stringContaining('more memory than its limit'), exit_code: 137 })
  })

  it.each([
    [0, 'COMPLETED'],
    [3, 'FAILED'],
  ] as const)('that runs once and ends with %i is %s, for good', async (code, status) => {
    const { instance } = await deployed(`once${code}`, status, { ...shell(`exit ${code}`), one_shot: true })
    expect(instance).toMatchObject({ exit_code: code, restarts: 0, status_detail: `exited with code ${code}` })
    expect((await machine.containers()).includes(instance._id)).toBe(false)
  })

  it.each([
    ['nowhere', { code: 'file:///nowhere.tar' }, 'there is no image archive /nowhere.tar'],
    ['nothing', { cmd: ['/nothing'] }, 'exec: "/nothing"'],
  ])('that cannot be started says why, and leaves nothing when it is removed (%s)', async (name, fields, reason) => {
    const before = new Set((await machine.traces()).split('\n'))
    const { id, instance } = await deployed(name, 'FAILED', fields)
    expect(instance.status_detail).toContain(reason)
    await removed(id)
    // What other tests left may change meanwhile, and is tidied up.
    const left = async () => (await machine.traces()).split('\n').filter((trace) => !before.has(trace))
    await until('nothing of it is left', async () => (await left()).length === 0)
  })

  it('whose image takes for ever can be removed meanwhile', async () => {
    // Promises much and sends little.
    const server = createServer((_request, answer) => void answer.writeHead(200, { 'content-length': '1000000' }).write('x'))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    try {
      const address = server.address()
      const code = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/image.tar`
      const { id } = await deployed('waiting', 'CREATING', { code })
      expect(await removed(id)).toBeLessThan(GRACE_MS)
    } finally {
      server.closeAllConnections()
      server.close()
    }
  })

  it('ends at once when it listens', async () => {
    const { id } = await deployed('polite', 'RUNNING', shell(STAYS))
    expect(await removed(id)).toBeLessThan(GRACE_MS / 2)
  })

  it('that does not listen is ended after its time of grace', async () => {
    const { id } = await deployed('stubborn', 'RUNNING', shell('trap "" TERM; while :; do sleep 1; done'))
    const tookMs = await removed(id)
    expect(tookMs).toBeGreaterThan(GRACE_MS)
    expect(tookMs).toBeLessThan(GRACE_MS * 2)
  })

  it('has its two outputs told apart, each line with its time', async () => {
    const beforeMs = Date.now()
    const { id } = await deployed('speaker', 'COMPLETED', { ...shell('echo one; echo two >&2; echo three; printf four'), one_shot: true })
    const lines = await user.logs(id)
    expect(textsOf(lines, 'stdout')).toEqual(['one', 'three', 'four'])
    expect(textsOf(lines, 'stderr')).toEqual(['two'])
    for (const { time } of lines) {
      expect(Date.parse(time)).toBeGreaterThanOrEqual(beforeMs)
      expect(Date.parse(time)).toBeLessThanOrEqual(Date.now())
    }
  })

  it('that prints without end fills no disk, and its newest output is kept', async () => {
    const floods = shell(`yes "$(seq -s ' ' 1 200)" | head -c 100000000; echo; echo the end`)
    const { id, instance } = await deployed('flood', 'COMPLETED', { ...floods, one_shot: true })
    const dir = path.join(oak.dataDir, 'node', 'logs', instance._id)
    await until('the output is taken in', async () => (await bytesOnDisk(dir)) < KEPT_BYTES + SLACK_BYTES)
    const answer = await user.call('GET', `/api/service/${id}/instance/0/logs?tail=1`)
    expect(JSON.parse(await answer.text())).toMatchObject({ stream: 'stdout', line: 'the end' })
  })
})

function textsOf(lines: readonly SeenLine[], stream: SeenLine['stream']): readonly string[] {
  return lines.filter((line) => line.stream === stream).map(({ line }) => line)
}

/** What the files below a directory occupy, holes apart. */
async function bytesOnDisk(dir: string): Promise<number> {
  const names = await readdir(dir, { recursive: true })
  const sizes = await Promise.all(names.map(async (name) => (await stat(path.join(dir, name))).blocks * 512))
  return sizes.reduce((sum, size) => sum + size, 0)
}
