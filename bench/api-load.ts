import { KeepAliveClient, type TimedAnswer } from './keep-alive-client.ts'
import { percentile } from './measures.ts'

/** One kind of request in a mix. */
export interface Kind {
  readonly name: string
  /** How often, relative to the others. */
  readonly weight: number
  ask(client: KeepAliveClient, random: number): Promise<TimedAnswer>
}

export interface LoadOptions {
  readonly api: string
  readonly token: string
  readonly clients: number
  readonly seconds: number
  readonly kinds: readonly Kind[]
}

/** What one kind of request took. */
export interface KindResult {
  readonly name: string
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** Answers other than 2xx. */
  readonly refused: number
}

/** All clients ask as fast as they are answered, each whatever the mix says. The order is the same in every run. */
export async function load({ api, token, clients, seconds, kinds }: LoadOptions): Promise<readonly KindResult[]> {
  const times = new Map<string, number[]>(kinds.map(({ name }) => [name, []]))
  const refused = new Map<string, number>()
  const startMs = performance.now()
  const isOver = () => performance.now() - startMs > seconds * 1_000
  const work = async (number: number) => {
    const client = new KeepAliveClient(api, token)
    const random = sequence(number + 1)
    while (!isOver()) {
      const kind = choose(kinds, random())
      const { ms, status } = await kind.ask(client, random())
      times.get(kind.name)?.push(ms)
      if (status >= 300) refused.set(kind.name, (refused.get(kind.name) ?? 0) + 1)
    }
    client.close()
  }
  await Promise.all(Array.from({ length: clients }, (_, number) => work(number)))
  const tookS = (performance.now() - startMs) / 1_000
  return [...times].map(([name, values]) => ({
    name,
    perSecond: values.length / tookS,
    p50Ms: percentile(values, 0.5),
    p99Ms: percentile(values, 0.99),
    refused: refused.get(name) ?? 0,
  }))
}

function choose(kinds: readonly Kind[], random: number): Kind {
  let left = random * kinds.reduce((sum, { weight }) => sum + weight, 0)
  for (const kind of kinds) {
    left -= kind.weight
    if (left < 0) return kind
  }
  throw new Error('a mix has no kinds')
}

/** Numbers in [0, 1) that look like chance (mulberry32). */
function sequence(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
