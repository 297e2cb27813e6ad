import { ApiError } from '@oakestra/api-client'
import { OakError } from '@oakestra/base'
import type { Session } from '../session/session.ts'

export interface PlainCall {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly body?: unknown
  /** Instead of the session's: for renewing it. */
  readonly token?: string
}

/** Calls what the API's document does not describe yet. @throws ApiError, OakError `unavailable` */
export async function plainCall(session: Session | undefined, call: PlainCall): Promise<unknown> {
  const answer = await send(call, call.token ?? (await session?.token()))
  if (answer.status !== 401 || !session || call.token !== undefined) return read(answer)
  return read(await send(call, await session.renew()))
}

async function send({ method, path, body }: PlainCall, token: string | undefined): Promise<Response> {
  const headers: Record<string, string> = { accept: 'application/json' }
  if (token !== undefined) headers['authorization'] = `Bearer ${token}`
  if (body !== undefined) headers['content-type'] = 'application/json'
  try {
    return await fetch(path, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })
  } catch (cause) {
    throw new OakError('unavailable', 'root does not answer', { cause })
  }
}

async function read(answer: Response): Promise<unknown> {
  const text = await answer.text()
  const json = parse(text)
  if (answer.ok) return json
  const body = typeof json === 'object' && json !== null ? (json as Readonly<Record<string, unknown>>) : {}
  const { message } = body
  throw new ApiError(answer.status, typeof message === 'string' ? message : `root answered with status ${answer.status}`, body)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
