import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Measure } from './measures.ts'
import { REPOSITORY, type SystemUnderTest } from './system-under-test.ts'

/** Sizes of what is shipped. */
export function bundleSizes(): readonly Measure[] {
  const size = (name: string) => statSync(join(REPOSITORY, 'apps/oak/dist', name)).size / 1024
  return [
    { bench: 'bundle', what: 'Bundle of the command line', unit: 'kB', values: [size('cli.cjs')] },
    { bench: 'bundle', what: 'Bundle of the daemons', unit: 'kB', values: [size('daemon.cjs')] },
  ]
}

/** `oak up --detach` from the command to its end, on a machine that ran before: root, cluster and node are ready then. */
export async function starts(system: SystemUnderTest, rounds: number): Promise<readonly Measure[]> {
  const api: number[] = []
  const ready: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    await system.oak('down')
    const startMs = performance.now()
    const [apiMs] = await Promise.all([untilApi(system.api, startMs), system.oak('up', '--detach')])
    api.push(apiMs)
    ready.push(performance.now() - startMs)
  }
  return [
    { bench: 'start', what: '`oak up` → API answers', unit: 'ms', values: api, reach: '≤ 1500 ms' },
    { bench: 'start', what: '`oak up` → root, cluster and node ready', unit: 'ms', values: ready },
  ]
}

async function untilApi(api: string, startMs: number): Promise<number> {
  for (;;) {
    const answer = await fetch(`${api}/api/status`).catch(() => undefined)
    if (answer?.ok) return performance.now() - startMs
    await sleep(5)
  }
}

/** The command line's listing, program start included. */
export async function listings(system: SystemUnderTest, rounds: number): Promise<readonly Measure[]> {
  const values: number[] = []
  await system.oak('app', 'list')
  for (let round = 0; round < rounds; round += 1) {
    const startMs = performance.now()
    await system.oak('app', 'list', '--json')
    values.push(performance.now() - startMs)
  }
  return [{ bench: 'cli', what: '`oak app list`', unit: 'ms', values, reach: '75 ms' }]
}

/**
 * Memory and processor time of the one process while nothing happens.
 * @param settle seconds to wait before: what start-up left behind is collected when V8 sees fit, in a quarter to one and a half minutes
 */
export async function idle(system: SystemUnderTest, seconds: number, settle: number): Promise<readonly Measure[]> {
  const pid = system.pid()
  await sleep(settle * 1000)
  const before = cpuSeconds(pid)
  const startMs = performance.now()
  await sleep(seconds * 1000)
  const percent = ((cpuSeconds(pid) - before) / ((performance.now() - startMs) / 1000)) * 100
  return [
    {
      bench: 'idle',
      what: 'Memory (RSS) of root, cluster and node in one process',
      unit: 'MB',
      values: [memoryMb(pid, 'VmRSS')],
      reach: '≤ 120 MB',
    },
    { bench: 'idle', what: 'of it not shared with other processes (anonymous)', unit: 'MB', values: [memoryMb(pid, 'RssAnon')] },
    { bench: 'idle', what: 'Processor time when idle', unit: '% of a core', values: [percent], reach: '≤ 1 %' },
  ]
}

export function memoryMb(pid: number, field: string): number {
  const line = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  return Number(line?.[1]) / 1024
}

/** User and system time: fields 14 and 15 of `/proc/PID/stat` (proc(5)), in hundredths of a second on Linux. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / 100
}

interface ServiceAnswer {
  readonly microserviceID: string
  readonly status_detail?: string
  readonly instance_list: readonly { readonly instance_number: number; readonly status: string; readonly status_detail: string }[]
}

/** From the API's answer to the instance being RUNNING at root, the image being on the node. */
export async function deployments(system: SystemUnderTest, rounds: number): Promise<readonly Measure[]> {
  const images = mkdtempSync(join(tmpdir(), 'oak-bench-images-'))
  try {
    buildImages(images)
    const id = await createService(system, images)
    // The first one unpacks the image.
    await deployOnce(system, id)
    const values: number[] = []
    for (let round = 0; round < rounds; round += 1) values.push(await deployOnce(system, id))
    return [
      { bench: 'deploy', what: 'API answer → RUNNING seen at root, image present', unit: 'ms', values, reach: '≤ 200 ms, p95 ≤ 500 ms' },
    ]
  } finally {
    rmSync(images, { recursive: true, force: true })
  }
}

function buildImages(folder: string): void {
  const { status, stderr } = spawnSync(process.execPath, ['--import', 'tsx', 'images/build.ts', folder], {
    cwd: REPOSITORY,
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`the images cannot be built:\n${stderr}`)
}

async function createService(system: SystemUnderTest, images: string): Promise<string> {
  const service = {
    microserviceID: '',
    microservice_name: 'sleeper',
    microservice_namespace: 'bench',
    virtualization: 'container',
    code: `file://${images}/box.tar`,
    // The first process of a container gets no signal that it does not ask for; rounds must not wait for its end.
    cmd: ['/bin/sh', '-c', 'trap "exit 0" TERM; sleep 3600 & wait'],
    memory: 16,
    vcpus: 0,
  }
  const application = {
    applicationID: '',
    application_name: 'bench',
    application_namespace: 'bench',
    application_desc: '',
    microservices: [service],
  }
  await system.call('POST', '/api/application', { sla_version: 'v2.0', customerID: 'Admin', applications: [application] })
  const [created] = await system.call<readonly ServiceAnswer[]>('GET', '/api/services/')
  if (!created) throw new Error('the service was not created')
  return created.microserviceID
}

/** Deploys, waits, withdraws; gives the milliseconds between answer and RUNNING. */
async function deployOnce(system: SystemUnderTest, id: string): Promise<number> {
  await system.call('POST', `/api/service/${id}/instance`)
  const startMs = performance.now()
  const number = await untilRunning(system, id, startMs)
  const tookMs = performance.now() - startMs
  await system.call('DELETE', `/api/service/${id}/instance/${number}`)
  await untilGone(system)
  return tookMs
}

const PATIENCE_MS = 60_000

/** Number of the first instance, once it runs. */
export async function untilRunning(system: SystemUnderTest, id: string, startMs: number): Promise<number> {
  for (;;) {
    const service = await system.call<ServiceAnswer>('GET', `/api/service/${id}`)
    const instance = service.instance_list[0]
    if (instance?.status === 'RUNNING') return instance.instance_number
    if (performance.now() - startMs > PATIENCE_MS) throw new Error(`not running: ${instance?.status} ${instance?.status_detail}`)
    await sleep(5)
  }
}

/** The node counts its instances: the next round must not compete with the end of this one. */
export async function untilGone(system: SystemUnderTest): Promise<void> {
  const startMs = performance.now()
  for (;;) {
    const nodes = await system.call<readonly { readonly instances?: number }[]>('GET', '/api/nodes')
    if (nodes.every((node) => !node.instances)) return
    if (performance.now() - startMs > PATIENCE_MS) throw new Error('the instance does not go')
    await sleep(20)
  }
}
