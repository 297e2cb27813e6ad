import { OakError } from '@oakestra/base'
import type { FastifyInstance, FastifyRequest } from 'fastify'

/** A form as its handler sees it: texts under their names, files with their own. */
export type FormEntry = string | { readonly name: string; readonly text: string }

/** Descriptors are some kilobytes; this is a form of a browser, not a way to move archives. */
const FORM_BYTES_MAX = 256 * 1024

/** Reads forms with files at the one address that takes them; elsewhere they are no JSON, and told so. */
export function addMultipartParser(app: FastifyInstance): void {
  app.addContentTypeParser('multipart/form-data', { parseAs: 'buffer' }, async (request: FastifyRequest, body: string | Buffer) => {
    if (!/\/uploader\/?(\?|$)/.test(request.url)) throw new OakError('bad-request', 'the body must be JSON, not a form')
    if (body.length > FORM_BYTES_MAX) throw new OakError('limit-exceeded', `the file is too large: ${FORM_BYTES_MAX} bytes are taken`)
    return parseForm(Buffer.from(body), request.headers['content-type'] ?? '')
  })
}

async function parseForm(body: Buffer, type: string): Promise<Readonly<Record<string, FormEntry>>> {
  const form = await new Response(new Uint8Array(body), { headers: { 'content-type': type } }).formData().catch((cause: unknown) => {
    throw new OakError('bad-request', 'the body is not the form that its Content-Type says', { cause })
  })
  const entries: [string, FormEntry][] = []
  for (const [key, value] of form) entries.push([key, typeof value === 'string' ? value : { name: value.name, text: await value.text() }])
  return Object.fromEntries(entries)
}
