import { lookup as resolveName } from 'node:dns'
import { type ClientRequest, type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import type { LookupFunction } from 'node:net'
import { OakError } from '@oakestra/base'
import { checkAddress, parseHookUrl } from './hook-address.ts'
import type { HookAnswer, HookCall, HookCaller } from './hook-caller.ts'

/** A descriptor and what a hook adds to it; a receiver that sends more is not one of ours. */
const ANSWER_BYTES_MAX = 1024 * 1024

/** Calls hooks over HTTP. Redirects are answers like others: nobody is sent elsewhere. */
export const httpHookCaller: HookCaller = (call, signal) =>
  new Promise((resolve, reject) => {
    const outgoing = start(call, signal)
    outgoing.on('response', (response) => void read(response).then(resolve, reject))
    outgoing.on('error', (cause) => reject(asUnavailable(cause, signal)))
    outgoing.end(call.body)
  })

function start({ url, headers, body }: HookCall, signal: AbortSignal): ClientRequest {
  const target = parseHookUrl(url)
  const open = target.protocol === 'https:' ? requestHttps : requestHttp
  return open(target, {
    method: 'POST',
    // A connection per call: hooks are rare, and an idle one would be one that the receiver has closed already.
    agent: false,
    lookup: lookupAllowed,
    signal,
    headers: { ...headers, 'content-length': Buffer.byteLength(body) },
  })
}

/** A name is looked up for the call itself: what it meant when the hook was made says nothing. */
const lookupAllowed: LookupFunction = (hostname, options, done) => {
  resolveName(hostname, { ...options, all: true }, (failure, found) => {
    if (failure) return done(failure, [])
    try {
      for (const { address } of found) checkAddress(address)
    } catch (thrown) {
      return done(thrown instanceof Error ? thrown : new Error(String(thrown)), [])
    }
    const [first] = found
    if (options.all || !first) return done(null, found)
    return done(null, first.address, first.family)
  })
}

async function read(response: IncomingMessage): Promise<HookAnswer> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of response) {
    size += part.length
    if (size > ANSWER_BYTES_MAX) throw new OakError('unavailable', `the answer is larger than ${ANSWER_BYTES_MAX} bytes`)
    parts.push(part)
  }
  return { status: response.statusCode ?? 0, body: Buffer.concat(parts).toString('utf8') }
}

function asUnavailable(cause: Error, signal: AbortSignal): OakError {
  if (cause instanceof OakError) return cause
  if (signal.aborted) return new OakError('deadline-exceeded', 'no answer in time', { cause })
  const why = 'code' in cause ? String(cause.code) : cause.message
  return new OakError('unavailable', `nothing answers (${why})`, { cause })
}
