import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type GuestRound, measured } from './guest-probe.ts'
import { untilGone, untilRunning } from './one-machine.ts'
import { createSystem, type SystemUnderTest } from './system-under-test.ts'

/** Of this machine, where the guest is published. */
const PORT = 27_190
const NAME = 'guest'

/** The built program with all roles, and a service whose instances are guests. */
export class GuestSystem implements AsyncDisposable {
  readonly #system: SystemUnderTest
  readonly #service: string

  private constructor(system: SystemUnderTest, service: string) {
    this.#system = system
    this.#service = service
  }

  /** The image is unpacked when it returns. */
  static async start(archive: string, memoryMiB: number): Promise<GuestSystem> {
    const system = createSystem({ OAK_NODE_UNIKERNEL_ENABLED: 'on', OAK_NODE_UNIKERNEL_ALLOW_TCG: 'on' })
    try {
      await system.oak('up', '--detach')
      const guests = new GuestSystem(system, await createService(system, archive, memoryMiB))
      await guests.round()
      return guests
    } catch (thrown) {
      await system[Symbol.asyncDispose]()
      throw thrown
    }
  }

  /** From the API's answer to that of the guest, at a port of this machine. */
  async round(): Promise<GuestRound> {
    const system = this.#system
    let number = 0
    const round = await measured(`http://127.0.0.1:${PORT}/`, undefined, async () => {
      await system.call('POST', `/api/service/${this.#service}/instance`)
      const startMs = performance.now()
      number = await untilRunning(system, this.#service, startMs)
      return { startMs, phases: { runningMs: performance.now() - startMs }, pid: guestPid(system.dataDir) }
    })
    await system.call('DELETE', `/api/service/${this.#service}/instance/${number}`)
    await untilGone(system)
    return round
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.#system[Symbol.asyncDispose]()
  }
}

/** The process of the only guest that there is. */
function guestPid(dataDir: string): number {
  const dir = join(dataDir, 'node/qemu/instances')
  const [id = ''] = readdirSync(dir)
  const record = JSON.parse(readFileSync(join(dir, id, 'instance.json'), 'utf8')) as { readonly process: { readonly pid: number } }
  return record.process.pid
}

async function createService(system: SystemUnderTest, archive: string, memoryMiB: number): Promise<string> {
  const service = {
    microserviceID: '',
    microservice_name: NAME,
    microservice_namespace: 'bench',
    virtualization: 'unikernel',
    code: `file://${archive}`,
    memory: memoryMiB,
    vcpus: 1,
    port: `${PORT}:80`,
    arch: ['amd64'],
  }
  const application = {
    applicationID: '',
    application_name: NAME,
    application_namespace: 'bench',
    application_desc: '',
    microservices: [service],
  }
  await system.call('POST', '/api/application', { sla_version: 'v2.0', customerID: 'Admin', applications: [application] })
  const [created] = await system.call<readonly { readonly microserviceID: string }[]>('GET', '/api/services/')
  if (!created) throw new Error('the service was not created')
  return created.microserviceID
}
