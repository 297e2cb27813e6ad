import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, realpathSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { realClock } from '@oakestra/base'
import { createOutput, type Output } from '../apps/oak/src/cli/output.ts'
import { withStep } from '../apps/oak/src/cli/progress.ts'
import { PROGRAM_LINK } from '../apps/oak/src/daemon/clean-machine.ts'
import { keepAlive } from '../apps/oak/src/keep-alive.ts'
import { DEFAULT_DATA_DIR } from '../apps/oak/src/places.ts'
import { ROOT } from './source-files.ts'

/** What `getstarted.sh` does once TypeScript can run. */

const output = createOutput(process, process.env, false)
const program = join(ROOT, 'apps/oak/dist/oak.cjs')
const dataDir = process.env['OAK_DATA_DIR'] || DEFAULT_DATA_DIR
const imageDir = join(ROOT, 'images/dist')
/** Host port of the demo's web page; another for a second copy on the same machine. */
const demoPort = process.env['OAK_DEMO_PORT'] || '8080'

interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs a program of ours. What it says to people is shown as it comes, unless it is put aside for when it fails. */
function run(args: readonly string[], options: { readonly quiet: boolean }): Promise<Ran> {
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'pipe', options.quiet ? 'pipe' : 'inherit'] })
  const ran = { stdout: '', stderr: '' }
  child.stdout?.on('data', (part: Buffer) => (ran.stdout += part.toString()))
  child.stderr?.on('data', (part: Buffer) => (ran.stderr += part.toString()))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ code: code ?? 1, ...ran }))
  })
}

async function quietly(title: string, args: readonly string[]): Promise<Ran> {
  return withStep(output, realClock, title, async () => {
    const ran = await run(args, { quiet: true })
    if (ran.code !== 0) throw new Error(`${title} failed:\n${ran.stderr}${ran.stdout}`)
    return ran
  })
}

/** Runs `oak`; its own progress is what people see. */
async function oak(...args: readonly string[]): Promise<string> {
  const ran = await run([program, ...args], { quiet: false })
  if (ran.code !== 0) process.exit(ran.code)
  return ran.stdout.trim()
}

async function oakJson<T>(...args: readonly string[]): Promise<T> {
  return JSON.parse(await oak(...args, '--json')) as T
}

async function build(): Promise<void> {
  await quietly('Building the program', ['--import', 'tsx', 'tools/build.ts', '--if-changed'])
}

/** True when the images are younger than all that they are made of. */
function areImagesCurrent(): boolean {
  const made = ['demo-web.tar', 'demo-client.tar'].map((name) => changedMs(join(imageDir, name)))
  const sources = ['images/build.ts', 'images/web', 'images/client', 'packages/runtime/src/testing'].flatMap(filesOf)
  return Math.min(...made) > Math.max(...[...sources, '/bin/busybox'].map(changedMs))
}

function filesOf(path: string): readonly string[] {
  const full = join(ROOT, path)
  return statSync(full).isDirectory() ? readdirSync(full).map((name) => join(full, name)) : [full]
}

/** 0 for what is not there. */
function changedMs(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0
}

async function start(): Promise<void> {
  await build()
  if (!areImagesCurrent()) await quietly('Building the demo images', ['--import', 'tsx', 'images/build.ts', imageDir])
  const ran = (await run([program, 'status', '--json'], { quiet: true })).code === 0
  const api = await oak('up', '--detach')
  await untilNodeActive()
  const deployed = await deployDemo()
  linkProgram()
  await summarise(output, api, deployed || !ran)
}

async function untilNodeActive(): Promise<void> {
  await withStep(output, realClock, 'Waiting for a node', async () => {
    // Ready means connected; the list follows within one report of the node.
    for (let look = 0; look < 100; look += 1) {
      const nodes = await oakJson<readonly { readonly state: string }[]>('node', 'list')
      if (nodes.some((node) => node.state === 'connected')) return
      await realClock.sleep(300)
    }
    throw new Error(`no node became active; see ${dataDir}/log`)
  })
}

interface Application {
  readonly application_name: string
  readonly microservices: readonly string[]
}

async function deployDemo(): Promise<boolean> {
  const { name, file } = prepareDemo()
  const applications = await oakJson<readonly Application[]>('app', 'list')
  if (!applications.some((application) => application.application_name === name)) {
    await oak('app', 'create', '--file', file, '--deploy', '--wait')
    return true
  }
  output.talk(`The demo application "${name}" is there already.`)
  // An earlier start may have been interrupted between making the application and its instances.
  const services = await oakJson<readonly Service[]>('service', 'list', '--app', name)
  const idle = services.filter((service) => !service.instance_list?.length).map((service) => `${name}.${service.microservice_name}`)
  if (idle.length > 0) await oak('service', 'deploy', ...idle, '--wait')
  return idle.length > 0
}

/** The descriptor with the place of the images and the port filled in. */
function prepareDemo(): { readonly name: string; readonly file: string } {
  const template = readFileSync(join(ROOT, 'images/demo.json'), 'utf8')
  const text = template.replaceAll('__IMAGES__', imageDir).replace('"8080:80"', `"${demoPort}:80"`)
  const demo = JSON.parse(text) as { readonly applications: readonly Application[] }
  const file = join(imageDir, 'demo.json')
  writeFileSync(file, text)
  return { name: demo.applications[0]?.application_name ?? 'demo', file }
}

/** Puts `oak` on the path of every shell; whatever has the name already stays. */
function linkProgram(): void {
  if (dataDir !== DEFAULT_DATA_DIR || existsSync(PROGRAM_LINK)) return
  try {
    symlinkSync(join(ROOT, 'oak'), PROGRAM_LINK)
  } catch {
    // A dangling link of somebody else's, or a read-only system: ./oak works all the same.
    return
  }
}

interface Service {
  readonly microservice_name: string
  readonly application_name?: string
  readonly port?: string
  readonly RR_ip?: string
  readonly instance_list?: readonly { readonly instance_number: number; readonly status: string; readonly publicip?: string }[]
}

async function summarise(to: Output, api: string, changed: boolean): Promise<void> {
  const services = await oakJson<readonly Service[]>('service', 'list', '--app', prepareDemo().name)
  const password = join(dataDir, 'root/initial-admin-password')
  const web = services.find((service) => service.port)
  const client = services.find((service) => service !== web) ?? web
  const command = commandName()
  const { daemons } = await oakJson<{ readonly daemons: readonly { readonly dashboardUrl?: string }[] }>('status')
  const found = await addresses(api, daemons.find((daemon) => daemon.dashboardUrl)?.dashboardUrl)
  const lines = [
    '',
    changed ? 'Oakestra is running.' : 'Oakestra is running; nothing had to be changed.',
    '',
    ...found.map(([name, address]) => `  ${name.padEnd(18)}${address}`),
    ...(web ? [`  ${'Demo'.padEnd(18)}${demoAddress(web)}`] : []),
    `  ${'Login'.padEnd(18)}Admin, password: ${existsSync(password) ? readFileSync(password, 'utf8').trim() : 'the one you chose'}`,
    '',
    'Try next:',
    `  ${command} status`,
    `  ${command} service inspect ${web?.microservice_name ?? ''}`,
    `  ${command} service logs ${client?.microservice_name ?? ''} --follow`,
    '',
    'Stop with ./getstarted.sh stop, remove everything with ./getstarted.sh clean',
  ]
  for (const line of lines) to.result(line)
}

/** What a person types to reach this copy. */
function commandName(): string {
  if (dataDir !== DEFAULT_DATA_DIR) return `./oak --data-dir ${dataDir}`
  return existsSync(PROGRAM_LINK) && realpathSync(PROGRAM_LINK) === join(ROOT, 'oak') ? 'oak' : './oak'
}

/** Only what answers is worth printing. */
async function addresses(api: string, dashboard: string | undefined): Promise<readonly (readonly [string, string])[]> {
  const places = [
    ['REST API', `${api}/api`, '/api/status'],
    ['API documentation', `${api}/api/docs`, '/api/docs'],
    ['Metrics', `${api}/metrics`, '/metrics'],
  ] as const
  const answers = await Promise.all(places.map(async ([, , path]) => (await fetch(api + path).catch(() => undefined))?.ok))
  const answering = places.filter((_, index) => answers[index]).map(([name, address]) => [name, address] as const)
  return dashboard === undefined ? answering : [['Dashboard', dashboard], ...answering]
}

/** A published port `host[:container][/protocol]` answers at the machine's own address. */
function demoAddress(service: Service): string {
  const port = /^(\d+)/.exec(service.port ?? '')?.[1]
  const host = service.instance_list?.find((instance) => instance.publicip)?.publicip || firstAddress()
  return `http://${host}:${port}${service.RR_ip ? `  (inside the overlay: ${service.RR_ip})` : ''}`
}

function firstAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap((entries) => entries ?? [])
  return all.find((entry) => entry.family === 'IPv4' && !entry.internal)?.address ?? '127.0.0.1'
}

async function main(command: string | undefined): Promise<void> {
  if (command === 'start') return start()
  // Stopping and removing work with the program as it is; only a checkout without one needs the build.
  if (!existsSync(program)) await build()
  const done = await oak(...(command === 'stop' ? ['down'] : ['clean', '--yes']))
  if (done) output.result(done)
}

try {
  await keepAlive(() => main(process.argv[2]))
} catch (thrown) {
  output.talk(`${output.paintTalk.red('error:')} ${thrown instanceof Error ? thrown.message : thrown}`)
  process.exitCode = 1
}
