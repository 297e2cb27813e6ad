import type { Readable } from 'node:stream'
import { type Clock, LIMITS, onAbort, withDeadline } from '@oakestra/base'
import type { InstanceView, ServiceView } from '@oakestra/wire'
import type { LogSource } from '../../log-source.ts'

/*
 * Upstream's clients read the newest output out of the service itself (`reference/orchestration.md` 7), so answers carry a
 * tail. It comes from the node, hence a deadline and a short memory: an answer never waits for a node that is away.
 */

/** Upstream's clients expect a kilobyte. */
const TAIL_CHARACTERS = 1024
const TAIL_LINES = 50
/** Clients poll; within this time they get the same tail. */
const FRESH_MS = 2_000
/** An answer is late before it is without output. */
const PATIENCE_MS = 400
/** A node that is slower than this has no tail. */
const FETCH_MS = 3_000
/** Tails in memory, a kilobyte each. */
const REMEMBERED_MAX = 1_000
/** Asked for at a time: each is a stream to a node. */
const FETCHES_MAX = 32

interface Tail {
  readonly text: string
  readonly atMs: number
}

export interface LogTails {
  /**
   * The same services, their instances with the newest output where it could be had in time.
   * @param patienceMs how long to wait for nodes; 0: only what is known already
   */
  addTo(services: readonly ServiceView[], patienceMs?: number): Promise<readonly ServiceView[]>
}

export function createLogTails(logs: LogSource, clock: Clock): LogTails {
  const remembered = new Map<string, Tail>()
  const fetching = new Map<string, Promise<void>>()

  const fetch = async (instanceId: string) => {
    const text = await readTail(logs, instanceId, clock).catch(() => remembered.get(instanceId)?.text ?? '')
    remembered.delete(instanceId)
    const [oldest] = remembered.keys()
    if (remembered.size >= REMEMBERED_MAX && oldest !== undefined) remembered.delete(oldest)
    remembered.set(instanceId, { text, atMs: clock.monotonicMs() })
  }
  const refresh = (instanceId: string): Promise<void> | undefined => {
    const known = remembered.get(instanceId)
    if (known && clock.monotonicMs() - known.atMs < FRESH_MS) return undefined
    const running = fetching.get(instanceId)
    if (running || fetching.size >= FETCHES_MAX) return running
    const started = fetch(instanceId).finally(() => fetching.delete(instanceId))
    fetching.set(instanceId, started)
    return started
  }
  return {
    async addTo(services, patienceMs = PATIENCE_MS) {
      const ids = services.flatMap(({ instances }) => instances.filter(hasOutput).map(({ instance }) => instance.id))
      const pending = ids.flatMap((id) => refresh(id) ?? [])
      if (patienceMs > 0) await withDeadline(Promise.all(pending), patienceMs, 'reading the newest output', clock).catch(() => undefined)
      return services.map((view) => ({ ...view, instances: view.instances.map((instance) => withTail(instance, remembered)) }))
    },
  }
}

function hasOutput({ instance, observed }: InstanceView): boolean {
  return !instance.removing && observed?.nodeId !== undefined && observed.state !== 'creating' && observed.state !== 'node-scheduled'
}

function withTail(view: InstanceView, remembered: ReadonlyMap<string, Tail>): InstanceView {
  const tail = remembered.get(view.instance.id)
  return tail ? { ...view, logs: tail.text } : view
}

async function readTail(logs: LogSource, instanceId: string, clock: Clock): Promise<string> {
  const controller = new AbortController()
  const timer = clock.after(FETCH_MS, () => controller.abort())
  try {
    const stream = await logs.open({ instanceId, tail: TAIL_LINES, follow: false }, controller.signal)
    const forget = onAbort(controller.signal, () => stream.destroy(new Error('the node took too long')))
    return textOf(await collect(stream).finally(forget))
  } finally {
    timer.cancel()
  }
}

async function collect(stream: Readable): Promise<string> {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of stream) {
    const piece = Buffer.from(part as Uint8Array | string)
    parts.push(piece)
    bytes += piece.length
    if (bytes > TAIL_LINES * LIMITS.logLineBytes) break
  }
  return Buffer.concat(parts).toString('utf8')
}

function textOf(ndjson: string): string {
  const lines = ndjson.split('\n').flatMap((line) => {
    const text = lineText(line)
    return text === undefined ? [] : [text]
  })
  return lines.join('\n').slice(-TAIL_CHARACTERS)
}

function lineText(json: string): string | undefined {
  try {
    const parsed: unknown = JSON.parse(json)
    const line = typeof parsed === 'object' && parsed !== null && 'line' in parsed ? parsed.line : undefined
    return typeof line === 'string' ? line : undefined
  } catch {
    return undefined
  }
}
