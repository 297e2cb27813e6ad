import { X509Certificate } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { type Logger, OakError, realClock, realRandom, retry, toOakError } from '@oakestra/base'
import { type Identity, isRenewalDue, loadIdentity, makeIdentity, makeSigningRequest, parseJoinToken, saveIdentity } from '@oakestra/pki'
import {
  type ChildKind,
  type ChildTransport,
  createWsChildTransport,
  createWsJoinTransport,
  Inbox,
  joinParent,
  type Renewable,
} from '@oakestra/session'
import type { Store } from '@oakestra/store'

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
  readonly renewable: Renewable
  /** To be called with the child's store before it connects: after a join its parent may be one that it does not know. */
  readonly acceptParent: (store: Store) => Promise<void>
}

// The parent may be starting on another machine at this moment.
const JOIN_RETRY = { attempts: 20, firstMs: 250, maxMs: 5_000 }

/**
 * Makes this child a member of its parent, or finds that it is one.
 * @throws OakError `bad-request` without token and identity, or what joining throws
 */
export async function ensureMembership(options: MembershipOptions): Promise<Membership> {
  await mkdir(options.dir, { recursive: true, mode: 0o700 })
  let identity = (await loadIdentity(options.dir)) ?? (await join(options))
  const addresses = options.parent ? [options.parent] : await readAddresses(options)
  const transport = createWsChildTransport({ addresses: () => addresses, identity: () => identity, clock: realClock })
  const renewable: Renewable = {
    isDue: () => isRenewalDue(new X509Certificate(identity.certificatePem), realClock.wallMs()),
    csrPem: () => makeSigningRequest(identity.keyPem, options.kind),
    keep: async (certificatePem) => {
      const renewed = makeIdentity({ keyPem: identity.keyPem, caPem: identity.caPem, certificatePem })
      await saveIdentity(options.dir, renewed)
      identity = renewed
    },
  }
  return { identity, transport, renewable, acceptParent: (store) => acceptParent(options.dir, store) }
}

async function acceptParent(dir: string, store: Store): Promise<void> {
  if (!existsSync(joinedFile(dir))) return
  await new Inbox(store).acceptNewParent()
  await rm(joinedFile(dir))
}

async function join(options: MembershipOptions): Promise<Identity> {
  const { kind, name, dir, signal, logger } = options
  if (!options.joinToken) {
    const message = `this ${kind} belongs nowhere yet; start it with --join TOKEN ("${tokenMaker(kind)}" makes one)`
    throw new OakError('bad-request', message)
  }
  const token = parseJoinToken(await options.joinToken(), { kind, nowMs: realClock.wallMs() })
  await writeFile(addressFile(dir), JSON.stringify(token.addresses), { mode: 0o600 })
  // Outlives an end of this process between the join and the first connection.
  await writeFile(joinedFile(dir), '', { mode: 0o600 })
  logger.info('joining', { addresses: token.addresses })
  const transport = createWsJoinTransport({ token, clock: realClock })
  try {
    return await retry(() => joinParent({ transport, token, name, dir, signal }), {
      ...JOIN_RETRY,
      clock: realClock,
      random: realRandom,
      signal,
    })
  } catch (thrown) {
    throw withNextStep(toOakError(thrown), kind)
  }
}

/** Whoever is turned away needs another token, whatever was wrong with this one. */
function withNextStep(error: OakError, kind: ChildKind): OakError {
  if (error.code !== 'forbidden' && error.code !== 'unauthenticated') return error
  return new OakError(error.code, `${error.message}; make a new one with "${tokenMaker(kind)}"`, { cause: error })
}

async function readAddresses({ dir, kind }: MembershipOptions): Promise<readonly string[]> {
  try {
    const value: unknown = JSON.parse(await readFile(addressFile(dir), 'utf8'))
    if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value
  } catch (cause) {
    throw new OakError('bad-request', `this ${kind} does not know where its parent is; name it with ${parentFlag(kind)}`, { cause })
  }
  throw new OakError('bad-request', `${addressFile(dir)} is damaged; name the parent with ${parentFlag(kind)}`)
}

function tokenMaker(kind: ChildKind): string {
  return kind === 'cluster' ? 'oak cluster join-token NAME' : 'oak node join-token CLUSTER'
}

/** The flag that names the parent of such a child. */
function parentFlag(kind: ChildKind): string {
  return kind === 'cluster' ? '--root HOST:PORT' : '--cluster HOST:PORT'
}

const addressFile = (dir: string) => path.join(dir, 'parent-addresses.json')
const joinedFile = (dir: string) => path.join(dir, 'joined-anew')
