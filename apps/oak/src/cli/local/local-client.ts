import { readFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { parseAddress } from '../../client/address.ts'
import { bodyOf } from '../../client/answers.ts'
import { type HttpRequest, httpRequest } from '../../client/http.ts'
import type { NodeView } from '../../client/types.ts'
import { places } from '../../daemon/state-file.ts'
import { type CliContext, dataDirOf } from '../context.ts'
import { CliFailure, EXIT } from '../failure.ts'
import type { Options } from '../options.ts'

/** Where a cluster's own API is, and what opens it. */
export interface LocalOptions {
  readonly tokenFile?: string
}

/** A service as the API of a cluster shows it. */
export interface LocalService {
  readonly id: string
  readonly name: string
  readonly from: 'root' | 'here'
  readonly order?: string
  readonly instances: readonly LocalInstance[]
}

export interface LocalInstance {
  readonly id: string
  readonly number: number
  readonly state: string
  readonly detail: string
  readonly node?: string
  readonly addresses: { readonly v4: string; readonly v6: string }
  readonly added?: string
  readonly removed?: string
}

export interface LocalOrder {
  readonly id: string
  readonly kind: string
  readonly name: string
  readonly number?: number
  readonly created_at: string
  readonly actor: string
  readonly standing: string
  readonly reason?: string
}

/** A cluster's own API as functions. Each throws OakError with the cluster's words when it says no. */
export interface LocalClient {
  services(): Promise<readonly LocalService[]>
  deploy(descriptor: unknown): Promise<readonly LocalService[]>
  setReplicas(serviceId: string, replicas: number): Promise<void>
  undeploy(serviceId: string, number: number): Promise<void>
  restart(serviceId: string, number: number): Promise<void>
  orders(): Promise<readonly LocalOrder[]>
  nodes(): Promise<readonly NodeView[]>
}

const IDLE_MS = 30_000
const DEFAULT_PORT = '10100'

/**
 * A client for a cluster: that of this machine, whose address and token lie in its data directory, or another one by `--api` and
 * `--token-file`. @throws CliFailure `usage` when the token cannot be read
 */
export async function openLocalClient(context: CliContext, options: Options<LocalOptions>): Promise<LocalClient> {
  const dataDir = await dataDirOf(context, options)
  const api = options.api === undefined ? addressHere(dataDir) : addressOf(options.api)
  const token = readToken(options.tokenFile ?? places.localToken(dataDir))
  const ask = async (method: HttpRequest['method'], path: string, what: string, body?: unknown) => {
    const url = new URL(`/api/local/${path}`, api)
    const headers = { 'x-oak-actor': userName() }
    return bodyOf(await httpRequest({ method, url, token, headers, body, idleMs: IDLE_MS, signal: context.signal }), what)
  }
  const list = async <T>(path: string, what: string) => (await ask('GET', path, what)) as readonly T[]
  const service = (id: string) => `service/${encodeURIComponent(id)}`
  return {
    services: () => list('services', 'cannot list services'),
    orders: () => list('orders', 'cannot list orders'),
    nodes: () => list('nodes', 'cannot list nodes'),
    deploy: async (body) => (await ask('POST', 'application', 'the descriptor was refused', body)) as readonly LocalService[],
    setReplicas: async (id, replicas) => void (await ask('PUT', `${service(id)}/replicas`, 'cannot scale the service', { replicas })),
    undeploy: async (id, number) => void (await ask('DELETE', `${service(id)}/instance/${number}`, 'cannot undeploy')),
    restart: async (id, number) =>
      void (await ask('POST', `${service(id)}/instance/${number}/restart`, `cannot restart instance ${number}`)),
  }
}

function addressHere(dataDir: string): URL {
  const text = readOrNothing(places.localApi(dataDir))
  if (text !== undefined) return new URL(text)
  throw new CliFailure(
    EXIT.usage,
    `no cluster has run with ${dataDir}`,
    'run this on the machine of the cluster, or say where it is: --api HOST:PORT --token-file FILE',
  )
}

/** The usual port is that of clusters. */
function addressOf(text: string): URL {
  const url = parseAddress(text)
  const isPortSaid = text.includes('://') || /:\d+$/.test(text)
  if (!isPortSaid) url.port = DEFAULT_PORT
  return url
}

function readToken(path: string): string {
  const token = readOrNothing(path)
  if (token !== undefined) return token
  throw new CliFailure(
    EXIT.usage,
    `cannot read the token of the cluster at ${path}`,
    'read it as the owner of the data directory, or name a copy with --token-file',
  )
}

function readOrNothing(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim() || undefined
  } catch {
    return undefined
  }
}

function userName(): string {
  try {
    return userInfo().username
  } catch {
    // An id without a name, as in some containers.
    return `uid ${process.getuid?.() ?? 'unknown'}`
  }
}
