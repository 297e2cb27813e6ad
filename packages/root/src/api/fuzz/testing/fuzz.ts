import type { Random } from '@oakestra/base'
import { openApiDocument } from '../../openapi/document.ts'
import { ROUTES } from '../../routes.ts'
import { createFuzzScene, type FuzzScene, RECORDS_OF_CALLS } from './fuzz-scene.ts'
import { judge } from './judge.ts'
import { type FuzzRequest, RequestMaker } from './requests.ts'

export interface FuzzFailure {
  /** Which request of the run: the same seed makes the same one again. */
  readonly number: number
  readonly request: string
  readonly reason: string
}

export interface FuzzReport {
  readonly requests: number
  readonly failures: readonly FuzzFailure[]
  /** How many requests got which status. */
  readonly statuses: Readonly<Record<string, number>>
}

export interface FuzzOptions {
  readonly requests: number
  readonly random: Random
  /** Enough to see what is wrong. */
  readonly failuresMax?: number
}

/** Longer requests are told shortened: the seed has them whole. */
const TOLD_LENGTH = 600

/**
 * Sends requests to a root of its own and judges every answer. A request that is refused must have changed nothing, and one
 * whose token is not in force must be refused.
 */
export async function fuzz({ requests, random, failuresMax = 20 }: FuzzOptions): Promise<FuzzReport> {
  await using scene = await createFuzzScene()
  const maker = new RequestMaker(random, ROUTES, openApiDocument(ROUTES))
  const statuses: Record<string, number> = {}
  const failures: FuzzFailure[] = []
  const changes = watchChanges(scene)
  for (let number = 0; number < requests && failures.length < failuresMax; number += 1) {
    const request = maker.next(scene.identities)
    changes.clear()
    const { status, body, reasons } = await play(scene, request)
    statuses[status] = (statuses[status] ?? 0) + 1
    if (status < 300) maker.learn(body)
    if (status >= 400 && changes.size > 0) reasons.push(`refused, and changed ${[...changes].join(', ')}`)
    for (const reason of reasons) failures.push({ number, request: told(request), reason })
  }
  return { requests, failures, statuses }
}

async function play(scene: FuzzScene, request: FuzzRequest) {
  try {
    // A stream may never end: its beginning is the answer.
    const isStream = request.route?.stream !== undefined
    const answer = await scene.fixture.api.inject({ ...request.options, ...(isStream && { payloadAsStream: true }) })
    const status = answer.statusCode
    if (isStream && status < 300) {
      answer.stream().destroy()
      return { status, body: '', reasons: [] }
    }
    const body = isStream ? await textOf(answer.stream()) : answer.payload
    const told = status === 500 ? failuresIn(scene) : ''
    return { status, body, reasons: judge(request, status, body + told) }
  } catch (thrown) {
    return { status: 0, body: '', reasons: [`the server failed: ${String(thrown)}`] }
  }
}

/** What the log says of the newest failure: the answer keeps it to itself. */
function failuresIn({ fixture }: FuzzScene): string {
  const err = fixture.logger.lines.at(-1)?.fields['err']
  return err instanceof Error ? ` ${err.stack ?? err.message}` : ''
}

async function textOf(stream: AsyncIterable<unknown>): Promise<string> {
  let text = ''
  for await (const piece of stream) text += String(piece)
  return text
}

/** Collections that were changed since the set was cleared. */
function watchChanges({ fixture }: FuzzScene): Set<string> {
  const changed = new Set<string>()
  fixture.store.onCommit((changes) => {
    for (const { collection } of changes) if (!RECORDS_OF_CALLS.has(collection)) changed.add(collection)
  })
  return changed
}

function told({ options: { method, url, payload, headers } }: FuzzRequest): string {
  const { authorization: _, ...rest } = headers ?? {}
  return `${method} ${String(url)} ${JSON.stringify(rest)} ${typeof payload === 'string' ? payload : ''}`.slice(0, TOLD_LENGTH)
}
