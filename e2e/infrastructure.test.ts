import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { Disposal } from '@oakestra/base'
import { until } from '@oakestra/base/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { missingBrowser, openBrowser, Visitor } from './support/browser.ts'
import { freePorts, Oak } from './support/oak.ts'
import { Prometheus } from './support/prometheus.ts'
import { missingRights } from './support/rights.ts'

const PASSWORD = 'only-for-this-test'
/** The promise for a quiet machine is 15 s; here an alert is only told from none. */
const PATIENT = { timeoutMs: 60_000, intervalMs: 100 }

interface Told {
  readonly status: string
  readonly alerts: readonly { readonly status: string; readonly labels: Readonly<Record<string, string>> }[]
}

/** Root, a cluster and a node in processes of their own, looked at through the pages of root and of the cluster. */
describe.skipIf(missingRights() ?? missingBrowser())('the infrastructure dashboard', () => {
  const owned = new Disposal()
  const told: Told[] = []
  let root: Oak
  let node: Oak
  let cluster: Oak
  let admin: Visitor
  let browser: Awaited<ReturnType<typeof openBrowser>>
  const ports = { root: 0, cluster: 0 }

  beforeAll(async () => {
    const webhook = await listen(told)
    owned.defer(async () => void webhook.close())
    const [rootPort = 0, clusterPort = 0, tunnel = 0] = await freePorts(3)
    Object.assign(ports, { root: rootPort, cluster: clusterPort })
    const env = {
      OAK_ROOT_ADMIN_PASSWORD: PASSWORD,
      OAK_PASSWORD: PASSWORD,
      OAK_ROOT_INFRASTRUCTURE_PORT: String(rootPort),
      OAK_CLUSTER_INFRASTRUCTURE_PORT: String(clusterPort),
      OAK_NODE_TUNNEL_PORT: String(tunnel),
      OAK_ALERTS_WEBHOOKS: `http://127.0.0.1:${(webhook.address() as AddressInfo).port}/`,
    }
    root = owned.use(await Oak.create({ env }))
    cluster = owned.use(await Oak.create({ env }))
    node = owned.use(await Oak.create({ env }))
    await root.ok('root', '--detach')
    await cluster.ok('cluster', '--detach', '--cluster-name', 'site', '--join', (await root.ok('cluster', 'join-token', 'site')).trim())
    await node.ok('node', '--detach', '--node-name', 'edge', '--join', (await root.ok('node', 'join-token', 'site')).trim())
    browser = await openBrowser()
    owned.defer(() => browser.close())
    admin = owned.use(await Visitor.arrive(browser, `http://127.0.0.1:${ports.root}`))
  })
  afterAll(() => owned[Symbol.asyncDispose]())

  it('lets in who logs in, and shows how the control plane is', async () => {
    await admin.logIn('Admin', 'wrong')
    await admin.sees('do not belong together')
    await admin.logIn('Admin', PASSWORD)
    await admin.sees('No alert is firing')
    await admin.page.getByText('Live', { exact: true }).waitFor()
    await admin.page.getByRole('row', { name: /^site Cluster Here/ }).waitFor()
    expect(await admin.barriers()).toEqual([])
    await admin.picture('infrastructure-overview')
  })

  it('shows an alert on both pages, in the terminal and at a webhook when a node is killed', async () => {
    const keeper = owned.use(await Visitor.arrive(browser, `http://127.0.0.1:${ports.cluster}`))
    await keeper.page.getByLabel('Token').fill((await readFile(path.join(cluster.dataDir, 'cluster/local-token'), 'utf8')).trim())
    await keeper.click('button', 'Open')
    await keeper.page.getByRole('row', { name: /^edge Node Here/ }).waitFor()
    const killedAtMs = performance.now()
    await killDaemon(node, 'node')
    await keeper.sees('Node edge of cluster site is away')
    console.info(`an alert was seen ${Math.round(performance.now() - killedAtMs)} ms after its cause`)
    await keeper.picture('infrastructure-cluster')
    await until('the webhook was told', async () => statusesOf('NodeAway').includes('firing'), PATIENT)
    await node.ok('node', '--detach')
    await keeper.sees('No alert is firing')
    await until('the webhook was told that it is over', async () => statusesOf('NodeAway').at(-1) === 'resolved', PATIENT)
  })

  it('tells of a cluster that is away at root: on the page, in the terminal, behind the bell', async () => {
    const main = owned.use(await Visitor.arrive(browser, root.dashboardUrl))
    await main.logIn('Admin', PASSWORD)
    await killDaemon(cluster, 'cluster')
    await admin.sees('Cluster site is away')
    await admin.picture('infrastructure-alert')
    expect(await root.ok('alerts')).toContain('Cluster site is away')
    await main.click('button', /^Alerts: 1 firing/)
    await main.sees('Cluster site is away')
    const link = main.page.getByRole('link', { name: 'Infrastructure Dashboard', exact: false }).first()
    await expect.poll(() => link.getAttribute('href')).toContain(`:${ports.root}/`)
    await main.picture('alert-bell')
    await cluster.ok('cluster', '--detach')
    await admin.sees('No alert is firing')
    await admin.click('link', 'Alerts')
    await admin.click('tab', 'Past')
    await admin.sees('Cluster site is away')
    expect(await root.ok('alerts', '--past')).toContain('Cluster site is away')
  })

  it('follows what is logged, searches it, and draws it over time', async () => {
    await admin.click('link', 'Logs')
    await admin.sees('Following')
    await admin.page.getByLabel('Search the logs').fill('a cluster is')
    await admin.page.getByRole('log').getByText('a cluster is connected').first().waitFor()
    await expect.poll(() => admin.page.getByRole('log').getByText('the dashboard is served').count()).toBe(0)
    const before = await admin.page.getByRole('log').getByText('a cluster is gone').count()
    await killDaemon(cluster, 'cluster')
    await admin.page.getByRole('log').getByText('a cluster is gone').nth(before).waitFor()
    await cluster.ok('cluster', '--detach')
    await admin.picture('infrastructure-logs')
    expect(await root.ok('logs', '--text', 'a cluster is gone')).toContain('a cluster is gone')
    await admin.click('link', 'Metrics')
    await admin.sees('Clusters here')
    await admin.page.locator('.oak-line-chart canvas').first().waitFor()
    await admin.picture('infrastructure-metrics')
    expect(await admin.barriers()).toEqual([])
    expect(admin.complaints).toEqual([])
  })

  it.skipIf(Prometheus.missing())('is scraped by a real Prometheus, which takes every rule', async () => {
    const token = path.join(root.dataDir, 'metrics-token')
    expect(existsSync(token)).toBe(true)
    await using prometheus = await Prometheus.start({ target: `127.0.0.1:${root.ports.OAK_ROOT_API_PORT}`, token })
    await until('it has read numbers', async () => (await prometheus.value('oak_cluster_up{cluster="site"}')) === 1, PATIENT)
    expect(await prometheus.ruleHealth()).toEqual(new Set(['ok']))
  })

  function statusesOf(rule: string): readonly string[] {
    return told.flatMap(({ alerts }) => alerts.filter(({ labels }) => labels['alertname'] === rule).map(({ status }) => status))
  }
})

function listen(told: Told[]): Promise<Server> {
  const take = async (request: IncomingMessage) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    told.push(JSON.parse(Buffer.concat(parts).toString()) as Told)
  }
  const server = createServer((request, response) => void take(request).finally(() => response.end()))
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)))
}

/** As a crash would: at once. */
async function killDaemon(oak: Oak, role: string): Promise<void> {
  const state = JSON.parse(await readFile(path.join(oak.dataDir, 'run', `${role}.json`), 'utf8')) as { process: { pid: number } }
  process.kill(state.process.pid, 'SIGKILL')
}
