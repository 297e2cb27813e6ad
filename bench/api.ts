import { parseArgs } from 'node:util'
import { type Kind, type KindResult, load } from './api-load.ts'
import { KeepAliveClient, type TimedAnswer } from './keep-alive-client.ts'
import { percentile } from './measures.ts'
import { cpuSeconds, memoryMb } from './one-machine.ts'
import { createSystem, type SystemUnderTest } from './system-under-test.ts'

/*
 * Measures root's API over HTTP with the built program, alone and without clusters: many clients read and write at once,
 * beside few services and beside many. JSON lines on standard output, a table on standard error.
 *   node --import tsx bench/api.ts [--clients 64] [--seconds 20] [--services 10000] [--instances 50000]
 */

const { values } = parseArgs({
  options: {
    clients: { type: 'string', default: '64' },
    seconds: { type: 'string', default: '20' },
    services: { type: 'string', default: '10000' },
    instances: { type: 'string', default: '50000' },
  },
})
const options = {
  clients: Number(values.clients),
  seconds: Number(values.seconds),
  services: Number(values.services),
  instances: Number(values.instances),
}

const FEW_SERVICES = 100
/** In one document, and so in one application. */
const SERVICES_PER_APPLICATION = 50
const LISTS = 5

const document = (application: string, count: number, replicas: number) => ({
  sla_version: 'v2.0',
  applications: [
    {
      application_name: application,
      application_namespace: 'bench',
      microservices: Array.from({ length: count }, (_, number) => ({
        microservice_name: `s${number}`,
        microservice_namespace: 'bench',
        virtualization: 'container',
        code: 'docker.io/library/nginx:latest',
        memory: 10,
        replicas,
      })),
    },
  ],
})

/** Applications that hold so many services; returns the ids of the services. */
async function fill(client: KeepAliveClient, names: string, services: number, replicas: number): Promise<readonly string[]> {
  for (let made = 0; made < services; made += SERVICES_PER_APPLICATION) {
    const name = `${names}${made / SERVICES_PER_APPLICATION}`
    const count = Math.min(SERVICES_PER_APPLICATION, services - made)
    const answer = await client.ask('POST', '/api/application', document(name, count, replicas))
    if (answer.status !== 200) throw new Error(answer.body)
  }
  const applications = JSON.parse((await client.ask('GET', '/api/applications')).body) as readonly { microservices: readonly string[] }[]
  return applications.flatMap(({ microservices }) => microservices)
}

/** Reads and writes as of a dashboard with its users: one service, a page of them, a change, an instance more. */
function mix(ids: readonly string[]): readonly Kind[] {
  const any = (random: number) => ids[Math.floor(random * ids.length)] ?? ''
  return [
    { name: 'GET one service', weight: 60, ask: (client, random) => client.ask('GET', `/api/service/${any(random)}`) },
    { name: 'GET a page of 20 services', weight: 10, ask: (client) => client.ask('GET', '/api/services?limit=20') },
    {
      name: 'PUT replicas',
      weight: 15,
      ask: (client, random) => client.ask('PUT', `/api/service/${any(random)}/replicas`, { replicas: 1 + Math.floor(random * 4) }),
    },
    { name: 'POST an instance', weight: 15, ask: (client, random) => client.ask('POST', `/api/service/${any(random)}/instance`) },
  ]
}

async function freshClient(system: SystemUnderTest): Promise<KeepAliveClient> {
  return new KeepAliveClient(system.api, await system.logIn())
}

/** Waits until root's reconcilers have made every instance that was asked for. */
async function settled(system: SystemUnderTest, ids: readonly string[], replicas: number): Promise<void> {
  const last = ids.at(-1) ?? ''
  for (let client = await freshClient(system); ; ) {
    const { status, body } = await client.ask('GET', `/api/service/${last}`)
    const instances = status === 200 ? (JSON.parse(body) as { readonly instance_list: readonly unknown[] }).instance_list.length : 0
    if (instances >= replicas) return client.close()
    await new Promise((resolve) => setTimeout(resolve, 500))
    if (status !== 401) continue
    // Longer than its token is good for.
    client.close()
    client = await freshClient(system)
  }
}

const rows: string[] = []

function tell(beside: string, results: readonly KindResult[], rssMb: number): void {
  for (const result of results) {
    process.stdout.write(`${JSON.stringify({ bench: 'api', beside, clients: options.clients, ...result, rssMb })}\n`)
    const { name, perSecond, p50Ms, p99Ms, refused } = result
    rows.push(
      `| ${beside} | ${name} | ${perSecond.toFixed(0)} | ${p50Ms.toFixed(1)} ms | ${p99Ms.toFixed(1)} ms | ${refused} | ${rssMb.toFixed(0)} MB |`,
    )
  }
}

/** One client asks for whole lists, and for pages. */
async function lists(system: SystemUnderTest, beside: string): Promise<void> {
  const client = await freshClient(system)
  const deep = (await client.ask('GET', '/api/services?limit=1000')).nextCursor
  const paths = ['/api/services?limit=100', `/api/services?limit=100&cursor=${deep ?? ''}`, '/api/services', '/api/applications']
  for (const path of paths.filter((each) => !each.endsWith('cursor='))) {
    const answers: Omit<TimedAnswer, 'body'>[] = []
    for (let round = 0; round < LISTS; round += 1) {
      // Whole lists are tens of megabytes: what they say is not kept.
      const { body: _, ...answer } = await client.ask('GET', path)
      answers.push(answer)
    }
    const times = answers.map(({ ms }) => ms)
    const firstMs = percentile(
      answers.map((answer) => answer.firstMs),
      0.5,
    )
    const kilobytes = (answers.at(-1)?.bytes ?? 0) / 1024
    const begins = firstMs < percentile(times, 0.5) / 2 ? `, begins after ${firstMs.toFixed(0)} ms` : ''
    const result = {
      name: `GET ${path.replace(/cursor=.*/, 'cursor=…')}, ${kilobytes.toFixed(0)} kB${begins}`,
      perSecond: 1_000 / percentile(times, 0.5),
      p50Ms: percentile(times, 0.5),
      p99Ms: percentile(times, 0.99),
      refused: answers.filter(({ status }) => status !== 200).length,
    }
    tell(beside, [result], memoryMb(system.pid(), 'VmRSS'))
  }
  client.close()
}

/** Of the whole mix: its median is the mean of those of its kinds, by how often they were asked. */
function together(results: readonly KindResult[]): KindResult {
  const sum = (pick: (result: KindResult) => number) => results.reduce((total, result) => total + pick(result), 0)
  return {
    name: 'all together',
    perSecond: sum(({ perSecond }) => perSecond),
    p50Ms: sum(({ perSecond, p50Ms }) => perSecond * p50Ms) / sum(({ perSecond }) => perSecond),
    p99Ms: Math.max(...results.map(({ p99Ms }) => p99Ms)),
    refused: sum(({ refused }) => refused),
  }
}

async function measure(system: SystemUnderTest, ids: readonly string[], beside: string): Promise<void> {
  const { clients, seconds } = options
  const before = cpuSeconds(system.pid())
  const results = await load({ api: system.api, token: await system.logIn(), clients, seconds, kinds: mix(ids) })
  const cpuS = cpuSeconds(system.pid()) - before
  tell(beside, [...results, together(results)], memoryMb(system.pid(), 'VmRSS'))
  const requests = together(results).perSecond * seconds
  const cpuMs = (cpuS * 1_000) / requests
  process.stdout.write(`${JSON.stringify({ bench: 'api', beside, what: 'processor time per request', ms: cpuMs })}\n`)
  rows.push(`| ${beside} | processor time of root per request | | ${cpuMs.toFixed(2)} ms | | | |`)
  await lists(system, beside)
}

await using system = createSystem()
await system.oak('root', '--detach')
const replicas = Math.round(options.instances / options.services)
const few = await fill(await freshClient(system), 'few', FEW_SERVICES, replicas)
await settled(system, few, replicas)
await measure(system, few.slice(0, FEW_SERVICES), `${FEW_SERVICES} services, ${FEW_SERVICES * replicas} instances`)
const startMs = performance.now()
const all = await fill(await freshClient(system), 'many', options.services - FEW_SERVICES, replicas)
await settled(system, all, replicas)
process.stderr.write(`filled in ${((performance.now() - startMs) / 1_000).toFixed(0)} s\n`)
await measure(system, few.slice(0, FEW_SERVICES), `${options.services} services, ${options.instances} instances`)
const head = '| Beside | What | Per second | p50 | p99 | Refused | Memory (RSS) |'
process.stderr.write(`\n${[head, '|---|---|---|---|---|---|---|', ...rows].join('\n')}\n`)
