import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { type Logger, OakError } from '@oakestra/base'
import { hasCode } from '../grpc/status.ts'
import { bodyOf, httpGet } from './http.ts'
import type { ArchiveReference } from './reference.ts'

// With a copy at hand, a server that does not answer at once is not waited for.
const FRESHNESS_SILENCE_MS = 3_000

/** An archive that may be read once. */
export interface OpenArchive {
  /** Changes when the archive does: by it a rebuilt one is noticed. */
  readonly stamp: string
  readonly bytesTotal?: number
  open(): AsyncIterable<Uint8Array>
}

export interface LookOptions {
  /** Stamp of the copy that is here already. */
  readonly stamp: string | undefined
  readonly logger: Logger
  readonly signal?: AbortSignal | undefined
}

/**
 * Looks at the archive behind a reference; `undefined` when the copy with the given stamp may be used: it is the same, or the
 * original is out of reach, for a node must start what it has without any link.
 * @throws OakError `image-not-found`, `unavailable`
 */
export function lookAtArchive(reference: ArchiveReference, options: LookOptions): Promise<OpenArchive | undefined> {
  const { location } = reference
  return 'path' in location ? lookAtFile(location.path, options) : lookAtUrl(location.url, options)
}

async function lookAtFile(path: string, { stamp: known }: LookOptions): Promise<OpenArchive | undefined> {
  const found = await stat(path, { bigint: true }).catch((cause: unknown) => {
    if (known !== undefined) return undefined
    throw new OakError('image-not-found', `there is no image archive ${path} on this node`, { cause })
  })
  if (!found) return undefined
  if (!found.isFile()) throw new OakError('image-invalid', `${path} is not a file`)
  const stamp = `${found.mtimeNs}-${found.size}-${found.ino}`
  if (stamp === known) return undefined
  return { stamp, bytesTotal: Number(found.size), open: () => createReadStream(path, { highWaterMark: 1024 * 1024 }) }
}

async function lookAtUrl(url: URL, { stamp: known, logger, signal }: LookOptions): Promise<OpenArchive | undefined> {
  // A server that gives no validator was believed once; asking again would download everything each time.
  if (known === 'unvalidated') return undefined
  try {
    return await askServer(url, known, signal)
  } catch (thrown) {
    if (known === undefined || hasCode(thrown, 'aborted')) throw thrown
    logger.info('image archive not reachable, using the copy', { url: `${url.origin}${url.pathname}`, err: thrown })
    return undefined
  }
}

async function askServer(url: URL, known: string | undefined, signal?: AbortSignal): Promise<OpenArchive | undefined> {
  const answer = await httpGet(
    url,
    known === undefined ? { signal } : { headers: conditions(known), signal, silenceMs: FRESHNESS_SILENCE_MS },
  )
  const stamp = answer.header('etag') ?? answer.header('last-modified') ?? 'unvalidated'
  if (answer.status === 304 || (answer.status === 200 && stamp === known)) {
    answer.body.destroy()
    return undefined
  }
  if (answer.status !== 200) {
    answer.body.destroy()
    const code = answer.status === 404 || answer.status === 410 ? 'image-not-found' : 'unavailable'
    throw new OakError(code, `${url.origin}${url.pathname} answered ${answer.status}`)
  }
  const length = Number(answer.header('content-length') ?? Number.NaN)
  return { stamp, open: () => bodyOf(answer), ...(Number.isFinite(length) && { bytesTotal: length }) }
}

function conditions(stamp: string): Readonly<Record<string, string>> {
  return /^(W\/)?"/.test(stamp) ? { 'if-none-match': stamp } : { 'if-modified-since': stamp }
}
