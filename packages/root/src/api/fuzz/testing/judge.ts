import { errorSchema } from '../../errors.ts'
import type { FuzzRequest } from './requests.ts'

/** Ways to say no that are none of the token's: the address, the header or the method is wrong before anybody asks who calls. */
const REFUSED_UNASKED: ReadonlySet<number> = new Set([400, 401, 403, 404, 405, 413, 414, 431])

/** What is wrong with an answer; empty when nothing is. */
export function judge({ route, isTokenValid, options }: FuzzRequest, status: number, body: string): string[] {
  const reasons: string[] = []
  // What an operator switched off is told by 501, and is no failure.
  if (status >= 500 && status !== 501) reasons.push(`answered ${status}: ${body.slice(0, 900)}`)
  const needsToken = route !== undefined && route.permission.kind !== 'public' && route.permission.kind !== 'refresh-token'
  if (needsToken && !isTokenValid && !REFUSED_UNASKED.has(status)) reasons.push(`let in with a token that is not in force: ${status}`)
  if (options.method === 'HEAD' || status === 204 || status === 304) return reasons
  return [...reasons, ...judgeBody(route?.answer, status, body)]
}

function judgeBody(
  answer: { safeParse(value: unknown): { success: boolean; error?: unknown } } | undefined,
  status: number,
  body: string,
): string[] {
  const value = parse(body)
  if (value === undefined) return answer && body !== '' ? [`the answer to ${status} is not JSON: ${body.slice(0, 200)}`] : []
  if (status >= 400) return errorSchema.safeParse(value).success ? [] : [`a refusal in another form: ${body.slice(0, 200)}`]
  const parsed = answer?.safeParse(value)
  return parsed && !parsed.success ? [`an answer that its document does not describe: ${String(parsed.error).slice(0, 300)}`] : []
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}
