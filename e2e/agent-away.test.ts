import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { until } from '@oakestra/base/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ApiUser } from './support/api-user.ts'
import { Images } from './support/images.ts'
import { MachineView } from './support/machine-view.ts'
import { freePorts, Oak } from './support/oak.ts'
import { missingRights } from './support/rights.ts'

const PATIENT = { timeoutMs: 60_000, intervalMs: 50 }
const ADDRESS = '10.30.71.71'
// Some four megabytes: far more than a pipe holds, so a writer without a reader would stand still.
const LINES = 60_000

describe.skipIf(missingRights())('while the agent is away', () => {
  let images: Images
  let oak: Oak
  let user: ApiUser
  let machine: MachineView
  let port: number

  beforeAll(async () => {
    images = await Images.build()
    oak = await Oak.create()
    await oak.start()
    user = await ApiUser.login(oak)
    const [node] = await user.ok<readonly { id: string }[]>('GET', '/api/nodes')
    machine = new MachineView(oak, node?.id ?? '')
    port = (await freePorts(1))[0] ?? 0
  })
  afterAll(async () => {
    await oak?.[Symbol.asyncDispose]()
    await images?.[Symbol.asyncDispose]()
  })

  /** Creates an application with one service, asks for an instance, and gives the service's id. */
  async function deployed(name: string, service: object): Promise<string> {
    const { [name]: id = '' } = await user.createApplication(name, [{ microservice_name: name, ...service }])
    await user.deploy(id)
    return id
  }

  async function pidOf(serviceId: string): Promise<number> {
    const [instance] = (await user.service(serviceId)).instance_list
    const task = (await machine.tasks()).find(({ id }) => id === instance?._id)
    if (!task) throw new Error('the instance has no process')
    return task.pid
  }

  async function isBack(): Promise<void> {
    await oak.start()
    await user.ok('GET', '/api/nodes')
  }

  it.each(['SIGKILL', 'SIGTERM'] as const)('workloads answer, and are the same processes afterwards (%s)', async (signal) => {
    const name = `web${signal}`
    const hostPort = port + (signal === 'SIGTERM' ? 1 : 0)
    const web = await deployed(name, { code: images.code('demo-web'), port: `${hostPort}:80` })
    await user.sees(web, 'RUNNING')
    const pid = await pidOf(web)
    await oak.kill(signal)
    const answer = await fetch(`http://127.0.0.1:${hostPort}/`, { headers: { connection: 'close' } })
    expect(await answer.text()).toContain('Hello from')
    await isBack()
    await user.sees(web, 'RUNNING')
    expect(await pidOf(web)).toBe(pid)
    expect((await user.service(web)).instance_list[0]?.restarts).toBe(0)
  })

  it('callers reach a service through its address, without a break', async () => {
    const { server = '', caller = '' } = await user.createApplication('pair', [
      { microservice_name: 'server', code: images.code('demo-web'), addresses: { rr_ip: ADDRESS } },
      { microservice_name: 'caller', code: images.code('box'), cmd: ['sh', '-c', CALLS] },
    ])
    await user.deploy(server)
    await user.sees(server, 'RUNNING')
    await user.deploy(caller)
    await user.sees(caller, 'RUNNING')
    const counts = `/proc/${await pidOf(caller)}/root/tmp`
    await until('calls succeed', async () => (await count(`${counts}/good`)) > 0, PATIENT)
    // The first calls may have come before the server listened.
    const failed = await count(`${counts}/bad`)
    await oak.kill()
    const before = await count(`${counts}/good`)
    await until('calls go on to succeed', async () => (await count(`${counts}/good`)) > before + 3, PATIENT)
    await isBack()
    await user.sees(caller, 'RUNNING')
    const after = await count(`${counts}/good`)
    await until('calls go on to succeed', async () => (await count(`${counts}/good`)) > after + 3, PATIENT)
    expect(await count(`${counts}/bad`)).toBe(failed)
  })

  it('a workload that prints does not wait for a reader, and each line is kept once', async () => {
    const noisy = await deployed('noisy', { code: images.code('box'), cmd: ['sh', '-c', PRINTS] })
    await user.sees(noisy, 'RUNNING')
    const root = `/proc/${await pidOf(noisy)}/root/tmp`
    await oak.kill()
    await until('everything is printed', () => existsSync(`${root}/done`), PATIENT)
    await isBack()
    await user.sees(noisy, 'RUNNING')
    const lines = await until(
      'everything is kept',
      async () => {
        const kept = (await user.logs(noisy)).map(({ line }) => line)
        return kept.length >= LINES ? kept : undefined
      },
      PATIENT,
    )
    expect(lines.map((line) => Number(line.split(' ')[1]))).toEqual(Array.from({ length: LINES }, (_, index) => index))
  })

  it.each([
    [0, 'COMPLETED'],
    [3, 'FAILED'],
  ] as const)('a one-shot that ends with %i is known to have, as %s', async (code, status) => {
    const name = `once${code}`
    const once = await deployed(name, { code: images.code('box'), cmd: ['sh', '-c', WAITS_THEN(code)], one_shot: true })
    await user.sees(once, 'RUNNING')
    const pid = await pidOf(once)
    await oak.kill()
    process.kill(pid, 'SIGTERM')
    await until('it ended', () => !existsSync(`/proc/${pid}`), PATIENT)
    await isBack()
    const [instance] = await user.sees(once, status)
    expect(instance).toMatchObject({ exit_code: code, restarts: 0 })
  })

  it('a service that dies is started again once the agent is back', async () => {
    const mortal = await deployed('mortal', { code: images.code('box'), cmd: ['sh', '-c', WAITS_THEN(1)] })
    await user.sees(mortal, 'RUNNING')
    const pid = await pidOf(mortal)
    await oak.kill()
    process.kill(pid, 'SIGTERM')
    await until('it ended', () => !existsSync(`/proc/${pid}`), PATIENT)
    await isBack()
    const isAnew = async () => (await user.sees(mortal, 'RUNNING'))[0]?.restarts === 1
    await until('it was started again', isAnew, PATIENT)
    expect(await pidOf(mortal)).not.toBe(pid)
  })
})

/** Calls the service five times a second and counts. Debian's busybox crashes on `wget -T`. */
const CALLS = `touch /tmp/good /tmp/bad; while true; do
  if timeout 3 wget -q -O /dev/null http://${ADDRESS}/; then echo x >> /tmp/good; else echo x >> /tmp/bad; fi; sleep 0.2; done`

const PRINTS = `i=0; while [ $i -lt ${LINES} ]; do echo "line $i ..................................................."; i=$((i+1)); done
  touch /tmp/done; trap 'exit 0' TERM; sleep 10000 & wait`

/** Goes on until it is told to end, and then ends with this code. */
function WAITS_THEN(code: number): string {
  return `trap 'exit ${code}' TERM; sleep 10000 & wait`
}

async function count(file: string): Promise<number> {
  return (await readFile(file, 'utf8')).length / 2
}
