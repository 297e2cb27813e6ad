import { existsSync } from 'node:fs'
import { until } from '@oakestra/base/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ApiUser } from './support/api-user.ts'
import { Images } from './support/images.ts'
import { MachineView } from './support/machine-view.ts'
import { Oak } from './support/oak.ts'
import { missingRights } from './support/rights.ts'

const PATIENT = { timeoutMs: 60_000, intervalMs: 50 }

describe.skipIf(missingRights())('what ends while the agent is away', () => {
  let images: Images
  let oak: Oak
  let user: ApiUser
  let machine: MachineView

  beforeAll(async () => {
    images = await Images.build()
    oak = await Oak.create()
    await oak.start()
    user = await ApiUser.login(oak)
    const [node] = await user.ok<readonly { id: string }[]>('GET', '/api/nodes')
    machine = new MachineView(oak, node?.id ?? '')
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

  it.each([
    [0, 'COMPLETED'],
    [3, 'FAILED'],
  ] as const)('is known to have, a one-shot with %i as %s', async (code, status) => {
    const name = `once${code}`
    const once = await deployed(name, { code: images.code('box'), cmd: ['sh', '-c', waitsThen(code)], one_shot: true })
    await user.sees(once, 'RUNNING')
    const pid = await pidOf(once)
    await oak.kill()
    process.kill(pid, 'SIGTERM')
    await until('it ended', () => !existsSync(`/proc/${pid}`), PATIENT)
    await isBack()
    const [instance] = await user.sees(once, status)
    expect(instance).toMatchObject({ exit_code: code, restarts: 0 })
  })

  it('is started again once the agent is back, when it is a service', async () => {
    const mortal = await deployed('mortal', { code: images.code('box'), cmd: ['sh', '-c', waitsThen(1)] })
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

/** Goes on until it is told to end, and then ends with this code. */
function waitsThen(code: number): string {
  return `trap 'exit ${code}' TERM; sleep 10000 & wait`
}
