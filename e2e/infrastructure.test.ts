import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { Disposal } from '@oakestra/base'
import { until } from '@oakestra/base/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AlertListener } from './support/alert-listener.ts'
import { AlertPost } from './support/alert-post.ts'
import { missingBrowser, openBrowser, Visitor } from './support/browser.ts'
import { freePorts, Oak } from './support/oak.ts'
import { Prometheus } from './support/prometheus.ts'
import { missingRights } from './support/rights.ts'

const PASSWORD = 'only-for-this-test'
const PATIENT = { timeoutMs: 60_000, intervalMs: 100 }
/** From a cause to whoever is told of it. `docs/observability.md` */
const PROMISED_MS = 15_000

interface KnownAlert {
  readonly rule: string
  readonly labels: Readonly<Record<string, string>>
  readonly state: string
  readonly firedAtMs?: number
}

/** Root, a cluster and a node in processes of their own, looked at through the pages of root and of the cluster. */
describe.skipIf(missingRights() ?? missingBrowser())('the infrastructure dashboard', () => {
  const owned = new Disposal()
  let root: Oak
  let node: Oak
  let cluster: Oak
  let admin: Visitor
  let post: AlertPost
  let browser: Awaited<ReturnType<typeof openBrowser>>
  const ports = { root: 0, cluster: 0 }

  beforeAll(async () => {
    post = owned.use(await AlertPost.open())
    const [rootPort = 0, clusterPort = 0, tunnel = 0] = await freePorts(3)
    Object.assign(ports, { root: rootPort, cluster: clusterPort })
    const env = {
      OAK_ROOT_ADMIN_PASSWORD: PASSWORD,
      OAK_PASSWORD: PASSWORD,
      OAK_ROOT_INFRASTRUCTURE_PORT: String(rootPort),
      OAK_CLUSTER_INFRASTRUCTURE_PORT: String(clusterPort),
      OAK_NODE_TUNNEL_PORT: String(tunnel),
    }
    root = owned.use(await Oak.create({ env: { ...env, OAK_ALERTS_WEBHOOKS: post.url('root') } }))
    cluster = owned.use(await Oak.create({ env: { ...env, OAK_ALERTS_WEBHOOKS: post.url('cluster') } }))
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

  it('tells everybody within 15 s that a node was killed, at root and at its cluster, and that it is back', async () => {
    const keeper = owned.use(await Visitor.arrive(browser, `http://127.0.0.1:${ports.cluster}`))
    await keeper.page.getByLabel('Token').fill((await readFile(path.join(cluster.dataDir, 'cluster/local-token'), 'utf8')).trim())
    await keeper.click('button', 'Open')
    await keeper.page.getByRole('row', { name: /^edge Node Here/ }).waitFor()
    const main = owned.use(await Visitor.arrive(browser, root.dashboardUrl))
    await main.logIn('Admin', PASSWORD)
    await main.page.getByRole('button', { name: 'Alerts: No alert is firing' }).waitFor()
    await using bell = new AlertListener(root.apiUrl, await tokenOf(root))
    await until('the stream says that nothing is firing', async () => bell.heard.at(-1)?.rules.length === 0, PATIENT)

    const killedAtMs = Date.now()
    await killDaemon(node, 'node')
    const firstAt = (who: string) => post.of(who, 'NodeAway').find(({ status }) => status === 'firing')?.atMs
    await until('both webhooks were told', async () => ['root', 'cluster'].every((who) => firstAt(who) !== undefined), PATIENT)
    const isNodeAway = ({ rule }: KnownAlert) => rule === 'NodeAway'
    const inTerminal = (await root.json<readonly KnownAlert[]>('alerts')).filter(isNodeAway)
    expect(inTerminal).toMatchObject([{ state: 'firing', labels: { cluster: 'site', node: 'edge' } }])
    expect((await alertsOnPage(ports.root, await tokenOf(root))).filter(isNodeAway)).toEqual(inTerminal)
    await until('the bell rings', async () => bell.heard.at(-1)?.rules.includes('NodeAway'), PATIENT)
    const tookMs = {
      fired: (inTerminal[0]?.firedAtMs ?? Number.NaN) - killedAtMs,
      webhookOfRoot: (firstAt('root') ?? Number.NaN) - killedAtMs,
      webhookOfCluster: (firstAt('cluster') ?? Number.NaN) - killedAtMs,
      bell: (bell.heard.find(({ rules }) => rules.includes('NodeAway'))?.atMs ?? Number.NaN) - killedAtMs,
    }
    console.info('milliseconds after a node was killed', tookMs)
    for (const took of Object.values(tookMs)) expect(took).toBeLessThanOrEqual(PROMISED_MS)
    await admin.sees('Node edge of cluster site is away')
    await keeper.sees('Node edge of cluster site is away')
    await main.click('button', /^Alerts: \d+ firing/)
    await main.sees('Node edge of cluster site is away')
    await keeper.picture('infrastructure-cluster')

    await node.ok('node', '--detach')
    await keeper.sees('No alert is firing')
    await admin.sees('No alert is firing')
    for (const who of ['root', 'cluster']) {
      await until('the webhook was told that it is over', async () => post.of(who, 'NodeAway').at(-1)?.status === 'resolved', PATIENT)
    }
    await main.page.getByRole('button', { name: 'Alerts: No alert is firing' }).waitFor()
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
})

/** Of the Admin. */
async function tokenOf(oak: Oak): Promise<string> {
  const answer = await fetch(`${oak.apiUrl}/api/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'Admin', password: PASSWORD }),
  })
  return ((await answer.json()) as { readonly token: string }).token
}

async function alertsOnPage(port: number, token: string): Promise<readonly KnownAlert[]> {
  const headers = { authorization: `Bearer ${token}` }
  const answer = await fetch(`http://127.0.0.1:${port}/api/infrastructure/alerts`, { headers })
  return ((await answer.json()) as { readonly current: readonly KnownAlert[] }).current
}

/** As a crash would: at once. */
async function killDaemon(oak: Oak, role: string): Promise<void> {
  const state = JSON.parse(await readFile(path.join(oak.dataDir, 'run', `${role}.json`), 'utf8')) as { process: { pid: number } }
  process.kill(state.process.pid, 'SIGKILL')
}
