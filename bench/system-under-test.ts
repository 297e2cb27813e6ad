import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export const REPOSITORY = join(import.meta.dirname, '..')
export const PROGRAM = join(REPOSITORY, 'apps/oak/dist/oak.cjs')

/** Ports far from the usual ones, so that a running installation is not disturbed. */
const FIRST_PORT = 27_100

const PORT_VARIABLES = [
  'OAK_ROOT_API_PORT',
  'OAK_ROOT_SESSIONS_PORT',
  'OAK_CLUSTER_API_PORT',
  'OAK_CLUSTER_SESSIONS_PORT',
  'OAK_NODE_TUNNEL_PORT',
]

/** The built program with a data directory, a home and ports of its own. */
export interface SystemUnderTest extends AsyncDisposable {
  readonly api: string
  readonly dataDir: string
  /** Runs one command to its end; gives what it printed. @throws Error with what it said */
  oak(...args: readonly string[]): Promise<string>
  /** Asks the API as Admin. @throws Error for any status but 200 */
  call<T>(method: string, path: string, body?: unknown): Promise<T>
  /** A token of Admin, good for ten minutes. */
  logIn(): Promise<string>
  /** The process that runs all roles. */
  pid(): number
}

/** @param settings as variables of the environment */
export function createSystem(settings: Readonly<Record<string, string>> = {}): SystemUnderTest {
  const folder = mkdtempSync(join(tmpdir(), 'oak-bench-'))
  const dataDir = join(folder, 'data')
  const ports = Object.fromEntries(PORT_VARIABLES.map((name, index) => [name, String(FIRST_PORT + index)]))
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    ...ports,
    HOME: folder,
    OAK_DATA_DIR: dataDir,
    OAK_API: '',
    OAK_CONFIG: '',
    OAK_PASSWORD: '',
    NO_COLOR: '1',
    ...settings,
  }
  // A bundle of certificates is read at every start of Node: 80 ms that are not ours.
  delete env['NODE_EXTRA_CA_CERTS']
  const api = `http://127.0.0.1:${FIRST_PORT}`
  const oak = (...args: readonly string[]) => run(args, env)
  const logInAsAdmin = () => logIn(api, readFileSync(join(dataDir, 'root/initial-admin-password'), 'utf8').trim())
  let token: string | undefined
  const call = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    token ??= await logInAsAdmin()
    return ask<T>(api, method, path, token, body)
  }
  return {
    api,
    dataDir,
    oak,
    call,
    logIn: logInAsAdmin,
    pid: () => (JSON.parse(readFileSync(join(dataDir, 'run/root.json'), 'utf8')) as { process: { pid: number } }).process.pid,
    [Symbol.asyncDispose]: async () => {
      await oak('clean', '--yes')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function run(args: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  const child = spawn(process.execPath, [PROGRAM, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (part: Buffer) => (stdout += part.toString()))
  child.stderr.on('data', (part: Buffer) => (stderr += part.toString()))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => (code === 0 ? resolve(stdout) : reject(new Error(`oak ${args.join(' ')} ended with ${code}:\n${stderr}`))))
  })
}

async function logIn(api: string, password: string): Promise<string> {
  const answer = await ask<{ token: string }>(api, 'POST', '/api/auth/login', '', { username: 'Admin', password })
  return answer.token
}

async function ask<T>(api: string, method: string, path: string, token: string, body: unknown): Promise<T> {
  const headers: Record<string, string> = {
    ...(token && { authorization: `Bearer ${token}` }),
    ...(body !== undefined && { 'content-type': 'application/json' }),
  }
  const response = await fetch(`${api}${path}`, { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) })
  const text = await response.text()
  if (response.status !== 200) throw new Error(`${method} ${path}: ${response.status} ${text}`)
  return JSON.parse(text) as T
}
