import { OakError } from '@oakestra/base'
import type { FastifyInstance } from 'fastify'

/**
 * Reads every body as JSON whatever its label says: clients of upstream send none, or a wrong one, with calls that
 * have no body, and some with calls that have (`reference/orchestration.md` 2.1, 11). No body reads as undefined.
 */
export function addJsonParser(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addHook('onRequest', async ({ raw: { headers } }) => {
    const label = headers['content-type']
    if (label !== undefined && !MEDIA_TYPE.test(label)) headers['content-type'] = 'application/json'
  })
  app.addContentTypeParser('*', { parseAs: 'string' }, async (_request: unknown, body: string | Buffer) => parseJson(body.toString()))
}

/** What the server's own reader of labels takes (RFC 9110, 8.3.1); the rest it would refuse before it looks for a reader of bodies. */
const MEDIA_TYPE = /^[\w!#$%&'*+.^`|~-]+\/[\w!#$%&'*+.^`|~-]+[ \t]*(;|$)/

function parseJson(text: string): unknown {
  if (text.trim() === '') return undefined
  try {
    return POISON.test(text) ? JSON.parse(text, refusePoison) : JSON.parse(text)
  } catch (thrown) {
    if (thrown instanceof OakError) throw thrown
    const reason = thrown instanceof Error ? thrown.message.slice(0, 200) : ''
    throw new OakError('bad-request', `the body is not valid JSON: ${reason}`, { cause: thrown })
  }
}

/** How `__proto__` may be spelled in JSON; only such bodies pay for the closer look. */
const POISON = /__proto__|\\u005f/i

/** A key that would become an object's prototype when the document is copied. */
function refusePoison(key: string, value: unknown): unknown {
  if (key === '__proto__') throw new OakError('bad-request', 'the body has a member named __proto__')
  return value
}
