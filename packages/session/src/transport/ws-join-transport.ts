import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { checkServerIdentity, connect, type DetailedPeerCertificate } from 'node:tls'
import { type Clock, OakError, onAbort, throwIfAborted } from '@oakestra/base'
import { type JoinToken, keyHash, PARENT_SERVER_NAME } from '@oakestra/pki'
import { calledOff, explainConnectError, timedOut } from './connect-errors.ts'
import { readRefusal } from './http-refusal.ts'
import { parseAdmission } from './join-message.ts'
import { type ParentAddress, renderParentAddress, tryAddresses } from './parent-address.ts'
import { readLimited } from './read-limited.ts'
import type { Admission, JoinRequest, JoinTransport } from './transport.ts'

export interface WsJoinOptions {
  readonly token: Pick<JoinToken, 'addresses' | 'caHash'>
  readonly clock: Clock
  /** For one address and each of two connections; default 10 s. */
  readonly timeoutMs?: number
}

const TIMEOUT_MS = 10_000

/**
 * Joining over TLS. A first connection, on which nothing is said, only fetches the authority's certificate, which must have
 * the key that the token names. The second trusts that authority alone, is verified by OpenSSL like any other, and carries the secret.
 */
export function createWsJoinTransport(options: WsJoinOptions): JoinTransport {
  return { join: (request, signal) => tryAddresses(options.token.addresses, (address) => joinAt(options, { address, request, signal })) }
}

async function joinAt(
  options: WsJoinOptions,
  to: { address: ParentAddress; request: JoinRequest; signal: AbortSignal },
): Promise<Admission> {
  const { address, request, signal } = to
  const caPem = await limited(options, { address, signal }, (attempt) => fetchAuthority(address, options.token.caHash, attempt))
  const body = JSON.stringify(request)
  const answer = await limited(options, { address, signal }, (attempt) => post({ address, caPem, body, signal: attempt }))
  if (answer.status !== 200) throw readRefusal(answer.status, answer.text)
  const admission = parseAdmission(answer.text)
  if (!admission) throw new OakError('unavailable', `the parent at ${renderParentAddress(address)} gave an answer that cannot be read`)
  return { ...admission, caPem }
}

/** Gives an attempt its deadline and says in our words why it failed. */
async function limited<T>(
  { clock, timeoutMs = TIMEOUT_MS }: WsJoinOptions,
  { address, signal }: { address: ParentAddress; signal: AbortSignal },
  attempt: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  throwIfAborted(signal)
  const stop = new AbortController()
  let failure: OakError | undefined
  const giveUp = (error: OakError) => {
    failure ??= error
    stop.abort()
  }
  const timer = clock.after(timeoutMs, () => giveUp(timedOut(address, timeoutMs)))
  const stopListening = onAbort(signal, () => giveUp(calledOff(signal)))
  try {
    return await attempt(stop.signal)
  } catch (thrown) {
    if (failure) throw failure
    throw thrown instanceof OakError || !(thrown instanceof Error) ? thrown : explainConnectError(thrown, address)
  } finally {
    timer.cancel()
    stopListening()
  }
}

async function fetchAuthority(address: ParentAddress, caHash: string, signal: AbortSignal): Promise<string> {
  // Nothing is trusted yet, and nothing is said.
  const socket = connect({ ...address, servername: PARENT_SERVER_NAME, minVersion: 'TLSv1.3', rejectUnauthorized: false })
  const stopListening = onAbort(signal, () => socket.destroy(new Error('called off')))
  try {
    await once(socket, 'secureConnect')
    const authority = chainOf(socket.getPeerCertificate(true)).find((certificate) => keyHash(certificate.publicKey) === caHash)
    if (authority) return authority.toString()
    throw new OakError('unauthenticated', `the parent at ${renderParentAddress(address)} is not the one that the join token is for`)
  } finally {
    stopListening()
    socket.on('error', () => undefined)
    socket.destroy()
  }
}

// A parent shows two; a longer chain is somebody else's.
const CHAIN_LENGTH_MAX = 4

function chainOf(leaf: DetailedPeerCertificate): X509Certificate[] {
  const chain: X509Certificate[] = []
  // A self-signed certificate is its own issuer here; a missing one is undefined whatever the type says.
  let next: DetailedPeerCertificate | undefined = leaf
  while (next?.raw && chain.length < CHAIN_LENGTH_MAX) {
    chain.push(new X509Certificate(next.raw))
    next = next.issuerCertificate === next ? undefined : next.issuerCertificate
  }
  return chain
}

async function post(question: { address: ParentAddress; caPem: string; body: string; signal: AbortSignal }) {
  const { address, caPem, body, signal } = question
  const request = httpsRequest({
    ...address,
    method: 'POST',
    path: '/join',
    headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
    ca: caPem,
    servername: PARENT_SERVER_NAME,
    checkServerIdentity: (_host, certificate) => checkServerIdentity(PARENT_SERVER_NAME, certificate),
    rejectUnauthorized: true,
    minVersion: 'TLSv1.3',
    agent: false,
    signal,
  })
  request.end(body)
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  return { status: response.statusCode ?? 0, text: await readLimited(response) }
}
