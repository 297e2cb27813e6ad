import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { until } from '@oakestra/base/testing'
import { describe, expect, it } from 'vitest'
import { ALERTMANAGER_FILE, Alertmanager } from './support/alertmanager.ts'

interface Message {
  readonly alerts: readonly { readonly labels: Readonly<Record<string, string>> }[]
}

/** The file that we offer to people with an Alertmanager of their own. */
describe.skipIf(Alertmanager.missing())('the file for Alertmanager', () => {
  it('is well-formed, and sends every severity of our rules to somebody', async () => {
    expect(await Alertmanager.amtool('check-config', ALERTMANAGER_FILE)).toContain('SUCCESS')
    for (const severity of ['critical', 'warning', 'info']) {
      const said = await Alertmanager.amtool('config', 'routes', 'test', `--config.file=${ALERTMANAGER_FILE}`, `severity=${severity}`)
      expect(said).toMatch(/^people\n/)
    }
  })

  it('has people told of a cluster that is away, and not of each of its nodes', async () => {
    const heard: string[] = []
    const server = createServer((request, response) => {
      const parts: Buffer[] = []
      request.on('data', (part: Buffer) => void parts.push(part))
      request.on('end', () => {
        const { alerts } = JSON.parse(Buffer.concat(parts).toString()) as Message
        heard.push(...alerts.map(({ labels }) => `${labels['alertname']} ${labels['cluster']}`))
        response.end()
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    try {
      await using alertmanager = await Alertmanager.start(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
      await alertmanager.fire({ alertname: 'ClusterAway', severity: 'critical', cluster: 'north' })
      await until('its word arrived', () => heard.includes('ClusterAway north'), { timeoutMs: 20_000 })
      const away = (cluster: string) => ({ alertname: 'NodeAway', severity: 'critical', cluster, node: 'edge' })
      await alertmanager.fire(away('north'))
      await alertmanager.fire(away('south'))
      await until('the node of another cluster is told of', () => heard.includes('NodeAway south'), { timeoutMs: 20_000 })
      expect(heard).toEqual(['ClusterAway north', 'NodeAway south'])
    } finally {
      server.closeAllConnections()
      server.close()
    }
  })
})
