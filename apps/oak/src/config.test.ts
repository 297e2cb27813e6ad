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

describe('describeConfig', () => {
  it('never shows a secret, neither in the values nor in an error', () => {
    const loaded = loadConfig({ ...nothing, env: { OAK_ROOT_ADMIN_PASSWORD: 'correct horse' } })
    expect(JSON.stringify(describeConfig(loaded))).not.toContain('correct horse')
    expect(describeConfig(loaded)).toContainEqual({ path: 'root.adminPassword', value: '(set)', origin: 'OAK_ROOT_ADMIN_PASSWORD' })
    expect(() => loadConfig({ ...nothing, env: { OAK_ROOT_ADMIN_PASSWORD: 'abcd' } })).toThrow(/at least 5 characters$/)
  })
})
