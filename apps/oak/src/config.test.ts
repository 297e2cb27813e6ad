import { describe, expect, it } from 'vitest'
import { describeConfig, loadConfig } from './config.ts'

const nothing = { env: {}, flags: {}, readFile: () => undefined }

describe('loadConfig', () => {
  it('has a working default for everything', () => {
    const { config } = loadConfig(nothing)
    expect(config.dataDir).toBe('/var/lib/oakestra')
    expect(config.root.api).toEqual({ host: '0.0.0.0', port: 10_000 })
    expect(config.cluster).toMatchObject({ name: 'default_cluster', location: '', sessions: { port: 10_101 } })
    expect(config.node).toMatchObject({ tunnelPort: 50_103 })
    expect(config.cluster).toMatchObject({ cpuOvercommit: 16 })
  })

  it('lets the environment win over the file and a flag over both', () => {
    const readFile = () => 'dataDir: /from/file\nroot: { api: { port: 1 } }\ncluster: { name: filed }\n'
    const { config, origins } = loadConfig({
      env: { OAK_ROOT_API_PORT: '2', OAK_DATA_DIR: '/from/env' },
      flags: { dataDir: '/from/flag' },
      readFile,
    })
    expect(config.dataDir).toBe('/from/flag')
    expect(config.root.api.port).toBe(2)
    expect(config.cluster.name).toBe('filed')
    expect([origins.get('dataDir'), origins.get('root.api.port'), origins.get('cluster.name')]).toEqual([
      'flag',
      'OAK_ROOT_API_PORT',
      '/etc/oakestra/oak.yaml',
    ])
  })

  it('reports all problems at once, each with where the value came from', () => {
    const readFile = () => 'cluster: { cpuOvercommit: 0 }\nbogus: 1\n'
    const attempt = () => loadConfig({ env: { OAK_ROOT_API_PORT: 'http' }, flags: { 'cluster.parent': 'somewhere' }, readFile })
    expect(attempt).toThrow(/4 problems/)
    expect(attempt).toThrow(/root\.api\.port \(OAK_ROOT_API_PORT\): expected a port number, got "http"/)
    expect(attempt).toThrow(/cluster\.parent \(flag\): expected host:port/)
    expect(attempt).toThrow(/cluster\.cpuOvercommit \(\/etc\/oakestra\/oak\.yaml\): expected at least 1, got 0/)
    expect(attempt).toThrow(/bogus \(\/etc\/oakestra\/oak\.yaml\): there is no such setting/)
  })

  it('refuses a file that was asked for and is not there, and one that is not YAML', () => {
    expect(() => loadConfig({ ...nothing, file: '/nowhere.yaml' })).toThrow('there is no configuration file /nowhere.yaml')
    expect(() => loadConfig({ ...nothing, readFile: () => 'a: [' })).toThrow(/is not YAML/)
    expect(() => loadConfig({ ...nothing, readFile: () => '- a' })).toThrow(/must hold settings by name/)
  })

  it('reads an address of either family', () => {
    const parentOf = (text: string) => loadConfig({ ...nothing, flags: { 'node.parent': text } }).config.node.parent
    expect(parentOf('192.0.2.7:10101')).toEqual({ host: '192.0.2.7', port: 10_101 })
    expect(parentOf('[2001:db8::7]:10101')).toEqual({ host: '2001:db8::7', port: 10_101 })
    expect(() => parentOf('192.0.2.7:70000')).toThrow(/between 1 and 65535/)
  })
})

describe('what the API lets in, and how root mails', () => {
  it('is the same host and no mail unless somebody says so', () => {
    const { config } = loadConfig(nothing)
    expect(config.root.origins).toEqual(['same-host'])
    expect(config.root.mail).toEqual({ port: 587, tls: false })
  })

  it('is read from the environment, and the password of the mail server never shown', () => {
    const env = {
      OAK_ROOT_ORIGINS: 'same-host, https://ui.example.org:8443',
      OAK_ROOT_MAIL_HOST: 'mail.example.org',
      OAK_ROOT_MAIL_TLS: 'yes',
      OAK_ROOT_MAIL_PASSWORD: 'secret',
    }
    const loaded = loadConfig({ ...nothing, env })
    expect(loaded.config.root.origins).toEqual(['same-host', 'https://ui.example.org:8443'])
    expect(loaded.config.root.mail).toMatchObject({ host: 'mail.example.org', tls: true, password: 'secret' })
    expect(JSON.stringify(describeConfig(loaded))).not.toContain('secret')
  })

  it.each([
    [{ OAK_ROOT_ORIGINS: 'example.org' }, 'expected same-host'],
    [{ OAK_ROOT_ORIGINS: 'https://example.org/path' }, 'expected same-host'],
    [{ OAK_ROOT_MAIL_TLS: 'perhaps' }, 'expected true or false'],
    [{ OAK_ROOT_MAIL_DASHBOARD: 'example.org' }, 'expected the address of the dashboard'],
  ])('refuses %j', (env, message) => {
    expect(() => loadConfig({ ...nothing, env })).toThrow(message)
  })
})

describe('what nodes carry and how places are chosen', () => {
  const file = `
root:
  areas: { munich: "48.14,11.58", "new york": "40.71,-74.01" }
  scheduler: { policy: spread, url: "http://127.0.0.1:8090", token: abc, timeoutMs: 250 }
node:
  labels: [zone=a, gpu=]
  location: "48.26, 11.67"
  csiDrivers: [csi.example.org]
`

  it('is read from the file as lists and tables', () => {
    const { config } = loadConfig({ ...nothing, readFile: () => file })
    expect(config.root.areas).toEqual({ munich: { lat: 48.14, lon: 11.58 }, 'new york': { lat: 40.71, lon: -74.01 } })
    expect(config.root.scheduler).toEqual({ policy: 'spread', url: 'http://127.0.0.1:8090', token: 'abc', timeoutMs: 250 })
    expect(config.cluster.scheduler).toEqual({ policy: 'bestCpuMemFit', timeoutMs: 1_000 })
    expect(config.node).toMatchObject({ labels: ['zone=a', 'gpu='], addons: [], csiDrivers: ['csi.example.org'] })
    expect(config.node.location).toEqual({ lat: 48.26, lon: 11.67 })
  })

  it('is read from the environment and from flags as text', () => {
    const env = { OAK_ROOT_AREAS: 'munich=48.14,11.58; berlin=52.52,13.40', OAK_NODE_CSI_DRIVERS: 'a,b', OAK_NODE_LABELS: 'zone=b' }
    const loaded = loadConfig({ ...nothing, env, flags: { 'node.labels': 'zone=c, tier=1', 'node.addons': 'x' } })
    expect(loaded.config.root.areas).toEqual({ munich: { lat: 48.14, lon: 11.58 }, berlin: { lat: 52.52, lon: 13.4 } })
    expect(loaded.config.node).toMatchObject({ labels: ['zone=c', 'tier=1'], csiDrivers: ['a', 'b'], addons: ['x'] })
    const shown = new Map(describeConfig(loaded).map(({ path, value }) => [path, value]))
    expect(shown.get('root.areas')).toBe('munich=48.14,11.58;berlin=52.52,13.4')
    expect(shown.get('node.labels')).toBe('zone=c,tier=1')
    expect(shown.get('node.location')).toBeUndefined()
    expect(loadConfig({ ...nothing, env: { OAK_ROOT_AREAS: 'munich=48.14,11.58;berlin=52.52,13.4' } }).config.root.areas).toEqual(
      loaded.config.root.areas,
    )
  })

  it.each([
    ['node.labels', 'zone', 'key=value'],
    ['node.location', '48.26', 'lat,lon'],
    ['node.location', '91,0', 'lat,lon'],
    ['node.location', '48,', 'lat,lon'],
    ['node.addons', 'two words', 'without spaces'],
    ['root.areas', 'munich', 'lat,lon'],
    ['root.scheduler.policy', 'best', 'expected one of bestCpuMemFit'],
    ['root.scheduler.url', 'nowhere', 'http://127.0.0.1:8090'],
    ['cluster.scheduler.timeoutMs', '1', 'at least 10'],
    ['cluster.scheduler.token', 'abc', 'no effect without url'],
  ])('refuses %s as %j', (path, value, expected) => {
    expect(() => loadConfig({ ...nothing, flags: { [path]: value } })).toThrow(expected)
  })
})

describe('describeConfig', () => {
  it('never shows a secret, neither in the values nor in an error', () => {
    const loaded = loadConfig({ ...nothing, env: { OAK_ROOT_ADMIN_PASSWORD: 'correct horse' } })
    expect(JSON.stringify(describeConfig(loaded))).not.toContain('correct horse')
    expect(describeConfig(loaded)).toContainEqual({ path: 'root.adminPassword', value: '(set)', origin: 'OAK_ROOT_ADMIN_PASSWORD' })
    expect(() => loadConfig({ ...nothing, env: { OAK_ROOT_ADMIN_PASSWORD: 'abcd' } })).toThrow(/at least 5 characters$/)
  })
})
