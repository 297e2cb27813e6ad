import cors, { type FastifyCorsOptions } from '@fastify/cors'
import type { FastifyInstance, FastifyRequest } from 'fastify'

/** Pages of the same host, whatever their port: the dashboard listens on another one than the API. */
const SAME_HOST = 'same-host'
/** Pages of any site, as upstream has it. */
const ANY = '*'
export const DEFAULT_ORIGINS: readonly string[] = [SAME_HOST]

const OPTIONS: FastifyCorsOptions = {
  methods: ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT'],
  exposedHeaders: ['etag', 'x-next-cursor'],
  maxAge: 600,
}

/**
 * Lets pages of other origins read answers. Tokens travel in a header, so that no page acts with a visitor's cookies;
 * what this keeps out is a page that was given a token, or guesses passwords through its visitors.
 * @param origins `same-host`, `*`, or origins such as `https://oak.example.org`
 */
export async function addCors(app: FastifyInstance, origins: readonly string[] = DEFAULT_ORIGINS): Promise<void> {
  await app.register(cors, () => (request: FastifyRequest, decide: (failure: Error | null, options: FastifyCorsOptions) => void) => {
    decide(null, { ...OPTIONS, origin: isWelcome(origins, request.headers.origin, request.headers.host) })
  })
}

function isWelcome(origins: readonly string[], origin: string | undefined, host: string | undefined): boolean {
  if (origin === undefined) return false
  if (origins.includes(ANY) || origins.includes(origin)) return true
  return origins.includes(SAME_HOST) && host !== undefined && hostName(origin) === hostName(`http://${host}`)
}

/** Undefined is equal to no name of a host. */
function hostName(address: string): string | undefined {
  return URL.canParse(address) ? new URL(address).hostname || undefined : undefined
}
