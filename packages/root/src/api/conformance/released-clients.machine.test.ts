import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { service, sla } from '../testing/documents.ts'
import { StartedRoot } from './testing/started-root.ts'

/*
 * The released command lines of upstream, as they are, against this root. They are no part of this repository:
 * OAK_UPSTREAM_GO_CLI names the program of the Go CLI (0.6), OAK_UPSTREAM_PYTHON_CLI that of the Python CLI (0.5).
 */
const GO = process.env['OAK_UPSTREAM_GO_CLI'] ?? ''
const PYTHON = process.env['OAK_UPSTREAM_PYTHON_CLI'] ?? ''
/** They know one port only; an address of its own keeps this root apart from others on the machine. */
const ADDRESS = '127.0.77.1'
const PORT = 10_000
const PROGRAM_MS = 60_000

for (const [name, program] of Object.entries({ OAK_UPSTREAM_GO_CLI: GO, OAK_UPSTREAM_PYTHON_CLI: PYTHON })) {
  if (!existsSync(program)) console.warn(`skipped: ${name} names no program of upstream`)
}

let root: StartedRoot
let home: string
beforeAll(async () => {
  if (!existsSync(GO) && !existsSync(PYTHON)) return
  root = await StartedRoot.start({ adminPassword: 'Admin', host: ADDRESS, port: PORT })
  await root.addCluster('munich')
  home = await mkdtemp(join(tmpdir(), 'oak-released-'))
  await mkdir(join(home, 'oak_cli', 'SLAs'), { recursive: true })
  await writeFile(join(home, 'shop.json'), JSON.stringify(sla('shop', [service('web', { port: '8080:80' })])))
  await writeFile(join(home, 'oak_cli', 'SLAs', 'mall.json'), JSON.stringify(sla('mall', [service('app')])))
  const ini = ['[OAK_CLI]', 'config_version = 1', 'local_machine_purpose = ["everything"]', `system_manager_ip = ${ADDRESS}`, '']
  await writeFile(join(home, 'oak_cli', '.oak_cli_config'), ini.join('\n'))
})
afterAll(async () => {
  await root?.[Symbol.asyncDispose]()
  if (home) await rm(home, { recursive: true })
})

/** Gives what it printed; a failure fails the test with it. */
async function run(program: string, ...args: readonly string[]): Promise<string> {
  const env = { ...process.env, HOME: home, NO_COLOR: '1', TERM: 'dumb', COLUMNS: '200' }
  const child = spawn(program, args, { cwd: home, env, stdio: ['ignore', 'pipe', 'pipe'], timeout: PROGRAM_MS })
  let printed = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => void (printed += text))
  const code = await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve))
  expect(code, `${args.join(' ')}\n${printed}`).toBe(0)
  return printed
}

describe.skipIf(!existsSync(GO))('the Go CLI', () => {
  const oak = (...args: readonly string[]) => run(GO, ...args)

  test('does everything that it does with upstream', { timeout: 120_000 }, async () => {
    await oak('config', 'set', 'system_manager_ip', ADDRESS)
    expect(await oak('app', 'create', '-f', 'shop.json', '-d')).toContain('deployed instance for service')
    expect(await oak('app', 'ls')).toContain('shop')
    expect(await oak('service', 'ls', '-n', 'shop')).toContain('web')
    expect(await oak('service', 'inspect', 'web', '0')).toContain('Cluster:    munich')
    expect(await oak('service', 'deploy', 'web')).toContain('Deployed')
    expect(await oak('service', 'scale', 'up', 'web', '2')).toContain('2 deployed, 0 failed')
    expect(await oak('service', 'scale', 'down', 'web', '1')).toContain('1 undeployed, 0 failed')
    expect(await oak('service', 'logs', 'web', '3')).toContain('web')
    expect(await oak('service', 'undeploy', 'web')).toContain('0 failed')
    expect(await oak('cluster', 'ls', '-a')).toContain('active')
    expect(await oak('cluster', 'info', 'munich')).toContain('Supported addons')
    expect(await oak('app', 'delete', 'shop')).toContain('Deleted application shop')
    expect(await oak('app', 'ls')).toContain('No applications exist')
  })
})

describe.skipIf(!existsSync(PYTHON))('the Python CLI', () => {
  const oak = (...args: readonly string[]) => run(PYTHON, ...args)

  test('does everything that it does with upstream', { timeout: 240_000 }, async () => {
    await oak('application', 'create', '--sla-file-name', 'mall.json', '-d')
    expect(await oak('a', 'show', '-v', 'exhaustive')).toContain('mall')
    const shown = await oak('s', 'show')
    const id = /[0-9a-f]{24}/.exec(shown)?.[0] ?? ''
    expect(shown).toContain('app')
    expect(await oak('s', 'show', '-v', 'detailed')).toContain('mall')
    expect(await oak('s', 'inspect', id)).toContain('name: app')
    await oak('s', 'deploy', id)
    await oak('s', 'undeploy', '--service-id', id, '--instance-id', '0')
    await oak('s', 'undeploy', '--service-id', id)
    expect(await oak('cl', 'list')).toContain('munich')
    expect(await oak('cl', 'info', 'munich')).toContain('Supported Addons')
    await oak('a', 'delete', '-y')
    expect(await oak('a', 'show')).toContain('No applications exist')
  })
})
