import { readFile, writeFile } from 'node:fs/promises'
import { until } from '@oakestra/base/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ApiUser, type SeenInstance } from './support/api-user.ts'
import { Conversation } from './support/conversation.ts'
import { Images } from './support/images.ts'
import { insideNetwork, MachineView } from './support/machine-view.ts'
import { freePorts, Oak } from './support/oak.ts'
import { missingRights } from './support/rights.ts'

const PATIENT = { timeoutMs: 60_000, intervalMs: 50 }
const WEB = '10.30.72.1'
const ECHO = '10.30.72.2'
const ECHO_PORT = 7
const WAITS = ['sh', '-c', 'trap "exit 0" TERM; sleep 10000 & wait']
const ECHOES = ['sh', '-c', `trap 'kill %1; exit 0' TERM; nc -ll -p ${ECHO_PORT} -e cat & wait`]
// Some ten thousand lines a second: what is kept without a reader is bounded (16 MiB), and a second or two stay far below.
const PRINTS = [
  'sh',
  '-c',
  `n=0; while [ ! -e /tmp/stop ]; do m=0; while [ $m -lt 200 ]; do echo "line $n"; n=$((n+1)); m=$((m+1)); done
   echo $n > /tmp/count; usleep 20000; done; echo $n > /tmp/total; trap 'exit 0' TERM; sleep 10000 & wait`,
]

// What ends, and single calls, while the agent is away: `agent-away.test.ts`.
describe.skipIf(missingRights())('a restart of the agent', () => {
  let images: Images
  let oak: Oak
  let user: ApiUser
  let machine: MachineView
  let port: number
  let services: Readonly<Record<string, string>>
  let running: Readonly<Record<string, SeenInstance>>

  beforeAll(async () => {
    images = await Images.build()
    oak = await Oak.create()
    await oak.start()
    user = await ApiUser.login(oak)
    machine = new MachineView(oak, await user.seesNode())
    port = (await freePorts(1))[0] ?? 0
    services = await user.createApplication('shop', [
      { microservice_name: 'web', code: images.code('demo-web'), port: `${port}:80`, addresses: { rr_ip: WEB } },
      { microservice_name: 'echo', code: images.code('box'), cmd: ECHOES, addresses: { rr_ip: ECHO } },
      { microservice_name: 'client', code: images.code('box'), cmd: WAITS },
      { microservice_name: 'printer', code: images.code('box'), cmd: PRINTS },
    ])
    for (const id of Object.values(services)) await user.deploy(id)
    const seen = Object.entries(services).map(async ([name, id]) => [name, (await user.sees(id, 'RUNNING'))[0]])
    running = Object.fromEntries(await Promise.all(seen))
  })
  afterAll(async () => {
    await oak?.[Symbol.asyncDispose]()
    await images?.[Symbol.asyncDispose]()
  })

  async function pidOf(name: string): Promise<number> {
    const pid = (await machine.tasks()).find(({ id }) => id === running[name]?._id)?.pid
    if (!pid) throw new Error(`${name} has no process`)
    return pid
  }

  /** From outside through the published port, and from the client through the service's address. */
  async function webAnswers(clientPid: number): Promise<void> {
    const outside = await fetch(`http://${running['web']?.publicip}:${port}`, { headers: { connection: 'close' } })
    expect(await outside.text()).toBe('Hello from web-0\n')
    const inside = await insideNetwork(clientPid, ['busybox', 'wget', '-q', '-O', '-', `http://${WEB}`])
    expect(inside).toMatchObject({ code: 0, stdout: 'Hello from web-0\n' })
  }

  it.each(['SIGKILL', 'SIGTERM'] as const)('is no outage: processes, connections, addresses and the kernel stay (%s)', async (signal) => {
    const before = { tasks: await machine.tasks(), traces: await machine.traces() }
    const clientPid = await pidOf('client')
    const printed = `/proc/${await pidOf('printer')}/root/tmp/count`
    await using conversation = Conversation.open(clientPid, ECHO, ECHO_PORT)
    await conversation.echoes('before')
    await oak.kill(signal)
    await conversation.echoes('away')
    await webAnswers(clientPid)
    const count = await numberIn(printed)
    await until('the printer prints on', async () => (await numberIn(printed)) > count + 2_000, PATIENT)
    await oak.start()
    await user.seesNode()
    for (const id of Object.values(services)) expect(await user.sees(id, 'RUNNING')).toMatchObject([{ restarts: 0 }])
    await conversation.echoes('back')
    await webAnswers(clientPid)
    expect(await machine.tasks()).toEqual(before.tasks)
    expect(await machine.traces()).toBe(before.traces)
  })

  it('loses no line of output and keeps none twice', async () => {
    const files = `/proc/${await pidOf('printer')}/root/tmp`
    await writeFile(`${files}/stop`, '')
    const total = await until('the printer stops', () => numberIn(`${files}/total`), PATIENT)
    // Both restarts were in the middle of it.
    expect(total).toBeGreaterThan(4_000)
    const lines = (await user.logs(services['printer'] ?? '')).map(({ line }) => line)
    expect(lines.length).toBe(total)
    expect(lines.findIndex((line, index) => line !== `line ${index}`)).toBe(-1)
  })
})

async function numberIn(file: string): Promise<number> {
  return Number(await readFile(file, 'utf8').catch(() => '0'))
}
