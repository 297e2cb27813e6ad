import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { type Logger, OakError, realClock, realRandom, retry } from '@oakestra/base'
import { type Identity, loadIdentity, parseJoinToken } from '@oakestra/pki'
import { type ChildKind, type ChildTransport, createWsChildTransport, createWsJoinTransport, joinParent } from '@oakestra/session'

export interface MembershipOptions {
  readonly kind: ChildKind
  /** Name this child asks for. */
  readonly name: string
  /** Where identity and addresses are kept. */
  readonly dir: string
  /** Needed once: a child that has an identity is a member for good. */
  readonly joinToken: (() => Promise<string>) | undefined
  /** `host:port` set by the operator; wins over what the token said. */
  readonly parent: string | undefined
  readonly signal: AbortSignal
  readonly logger: Logger
}

export interface Membership {
  readonly identity: Identity
  readonly transport: ChildTransport
}

// The parent may be starting on another machine at this moment.
const JOIN_RETRY = { attempts: 20, firstMs: 250, maxMs: 5_000 }

/**
 * Makes this child a member of its parent, or finds that it is one.
 * @throws OakError `bad-request` without token and identity, or what joining throws
 */
export async function ensureMembership(options: MembershipOptions): Promise<Membership> {
  await mkdir(options.dir, { recursive: true, mode: 0o700 })
  const identity = (await loadIdentity(options.dir)) ?? (await join(options))
  const addresses = options.parent ? [options.parent] : await readAddresses(options)
  const transport = createWsChildTransport({ addresses: () => addresses, identity: () => identity, clock: realClock })
  return { identity, transport }
}

async function join(options: MembershipOptions): Promise<Identity> {
  const { kind, name, dir, signal, logger } = options
  if (!options.joinToken)
    throw new OakError(
      'bad-request',
      `this ${kind} belongs nowhere yet; start it with --join TOKEN ("oak ${parentOf(kind)} join-token" makes one)`,
    )
  const token = parseJoinToken(await options.joinToken(), { kind, nowMs: realClock.wallMs() })
  await writeFile(addressFile(dir), JSON.stringify(token.addresses), { mode: 0o600 })
  logger.info('joining', { addresses: token.addresses })
  const transport = createWsJoinTransport({ token, clock: realClock })
  return retry(() => joinParent({ transport, token, name, dir, signal }), { ...JOIN_RETRY, clock: realClock, random: realRandom, signal })
}

async function readAddresses({ dir, kind }: MembershipOptions): Promise<readonly string[]> {
  try {
    const value: unknown = JSON.parse(await readFile(addressFile(dir), 'utf8'))
    if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value
  } catch (cause) {
    throw new OakError('bad-request', `this ${kind} does not know where its parent is; name it with --parent HOST:PORT`, { cause })
  }
  throw new OakError('bad-request', `${addressFile(dir)} is damaged; name the parent with --parent HOST:PORT`)
}

function parentOf(kind: ChildKind): string {
  return kind === 'cluster' ? 'cluster' : 'node'
}

const addressFile = (dir: string) => path.join(dir, 'parent-addresses.json')
