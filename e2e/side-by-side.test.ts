import { Disposal } from '@oakestra/base'
import { until } from '@oakestra/base/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { SeenService } from './support/api-user.ts'
import { descriptor, service, writeDescriptor } from './support/descriptor.ts'
import { Images } from './support/images.ts'
import { Lan, type LanMachine } from './support/lan.ts'
import { Oak } from './support/oak.ts'
import { missingRights } from './support/rights.ts'

const ADDRESS = '10.30.80.80'
// Without the trap, the first process of a container ignores the request to end, and is killed ten seconds later.
const SERVE = 'trap "exit 0" TERM; mkdir /tmp/www; echo "page of $NAME" >/tmp/www/index.html; httpd -f -p 80 -h /tmp/www & wait'
const ASK = `trap "exit 0" TERM; while :; do timeout 5 wget -q -O - http://${ADDRESS} || echo "no answer"; sleep 1 & wait $!; done`

/** One installation with the application that both have. */
interface Installation {
  readonly name: string
  readonly port: number
  readonly oak: Oak
}

describe.skipIf(missingRights())('two installations on one machine without internet', () => {
  const owned = new Disposal()
  let images: Images
  let lan: Lan
  let machine: LanMachine
  let first: Installation
  let second: Installation
  let tracesBefore: string
  let tracesOfFirst: string

  beforeAll(async () => {
    images = owned.use(await Images.build())
    lan = owned.use(await Lan.create())
    machine = await lan.machine(1)
    tracesBefore = await machine.traces()
    first = await installation('first', 8080)
    second = await installation('second', 8081)
  })
  afterAll(() => owned[Symbol.asyncDispose]())

  it('start, and run the same application', async () => {
    await start(first)
    await deploy(first)
    tracesOfFirst = await machine.traces()
    await start(second)
    await deploy(second)
    for (const { oak } of [first, second]) expect(await oak.ok('status')).toMatch(/instances +2 of 2 running/)
  })

  it('keep their services apart behind the same address', async () => {
    for (const each of [first, second]) {
      expect(await pageOf(each)).toBe(`page of ${each.name}\n`)
      await until(`the client of ${each.name} got pages`, async () => (await answersOf(each)).length > 1)
      expect(new Set(await answersOf(each))).toEqual(new Set([`page of ${each.name}`]))
    }
  })

  it('refuse to start a second time with one data directory', async () => {
    const again = await first.oak.cli('up', '--api-port', '0')
    expect(again).toMatchObject({ code: 4, stderr: expect.stringContaining('already runs with this data directory') })
    expect((await first.oak.cli('up', '--detach')).stderr).toContain('already ran: nothing was changed')
  })

  it('leave the other alone when an application is deleted', async () => {
    await second.oak.ok('app', 'delete', 'pages', '--yes')
    await until('the page is gone', () =>
      pageOf(second).then(
        () => false,
        (error: Error) => error.message.includes('refused'),
      ),
    )
    expect(await pageOf(first)).toBe('page of first\n')
  })

  it('leave the other alone when one is cleaned away with running services', async () => {
    await deploy(second)
    expect(await pageOf(second)).toBe('page of second\n')
    await second.oak.ok('clean', '--yes')
    expect(await machine.traces()).toBe(tracesOfFirst)
    expect(await pageOf(first)).toBe('page of first\n')
    expect(new Set(await answersOf(first))).toEqual(new Set(['page of first']))
    const { restarts } = (await first.oak.json<readonly SeenService[]>('service', 'list'))[0]?.instance_list[0] ?? {}
    expect(restarts).toBe(0)
  })

  it('never look outside, and leave nothing', async () => {
    await first.oak.ok('clean', '--yes')
    expect(await machine.traces()).toBe(tracesBefore)
    expect(await lan.packetsOutwards()).toBe(0)
    // The count counts.
    await machine.run('sh', '-c', 'busybox nc -w 1 192.0.2.1 80 || true')
    expect(await lan.packetsOutwards()).toBeGreaterThan(0)
  })

  async function installation(name: string, port: number): Promise<Installation> {
    return { name, port, oak: owned.use(await Oak.create({ netns: machine.netns })) }
  }

  async function start({ oak }: Installation): Promise<void> {
    expect(await oak.ok('up', '--detach')).toBe(`${oak.apiUrl}\n`)
  }

  async function deploy({ name, port, oak }: Installation): Promise<void> {
    const common = { code: images.code('box'), environment: [`NAME=${name}`] }
    const web = service('web', { ...common, cmd: ['sh', '-c', SERVE], port: `${port}:80`, addresses: { rr_ip: ADDRESS } })
    const client = service('client', { ...common, cmd: ['sh', '-c', ASK] })
    const file = await writeDescriptor(oak.dataDir, 'pages', descriptor('pages', [web, client]))
    await oak.ok('app', 'create', '--file', file, '--deploy', '--wait')
  }

  function pageOf({ port }: Installation): Promise<string> {
    return machine.run('busybox', 'wget', '-q', '-O', '-', `http://${machine.address}:${port}`)
  }

  /** What the client of an installation was answered since it first was. */
  async function answersOf({ oak }: Installation): Promise<readonly string[]> {
    const lines = (await oak.ok('service', 'logs', 'client')).split('\n').filter(Boolean)
    const start = lines.findIndex((line) => line.startsWith('page'))
    return start < 0 ? [] : lines.slice(start)
  }
})
