import { OakError } from '@oakestra/base'
import type { Reader, Writer } from '@oakestra/store'
import type { Addressing } from '@oakestra/wire'
import { facts } from '../state/collections.ts'

// One block is 16 node subnets: a /22 of /26 each, and a /116 of /120 each. `reference/network.md` 1.1, 1.2. The whole range
// is 12,288 subnets: with larger blocks, a hundred clusters of a hundred nodes would not fit.
const NODES_PER_BLOCK = 16
const BLOCKS_PER_B = 64
// 10.18.0.0 to 10.29.255.255 in steps of a /22.
const BLOCKS_MAX = 12 * BLOCKS_PER_B
// A cluster gets its next block while it can still admit this many nodes without it.
const NODES_SPARE = 12

const FREED = 'freed-blocks'
const blocksKey = (clusterId: string) => `blocks ${clusterId}`

/**
 * The blocks of a cluster, made enough for `nodeCount` nodes and some more. Blocks stay with their cluster.
 * @throws OakError `resource-exhausted` when all 768 are given out
 */
export async function claimBlocks(writer: Writer, clusterId: string, nodeCount: number): Promise<Addressing> {
  const key = blocksKey(clusterId)
  const held = await readBlocks(writer, key)
  while (held.length * NODES_PER_BLOCK < nodeCount + NODES_SPARE) held.push(await nextBlock(writer))
  await writer.put(facts, { key, value: held.join(',') })
  return { blocksV4: held.map(blockV4), blocksV6: held.map(blockV6) }
}

/** Gives the blocks of a cluster back. They rest until all others are given out, for machines may still use them. */
export async function releaseBlocks(writer: Writer, clusterId: string): Promise<void> {
  const key = blocksKey(clusterId)
  const freed = [...(await readBlocks(writer, FREED)), ...(await readBlocks(writer, key))]
  if (freed.length > 0) await writer.put(facts, { key: FREED, value: freed.join(',') })
  await writer.remove(facts, key)
}

/**
 * Notes blocks that a cluster was found to have, so that no other is given them. What was given to it here and never reached it goes back.
 * @param reached whether a cluster took in what this root gave to it
 * @returns the clusters that lost a block that had not reached them, and the blocks that others have
 */
export async function keepBlocks(
  writer: Writer,
  clusterId: string,
  heldV4: readonly string[],
  reached: (clusterId: string) => Promise<boolean>,
): Promise<{ readonly losers: ReadonlySet<string>; readonly foreign: readonly string[] }> {
  const owners = await ownersOfBlocks(writer)
  const own = await readBlocks(writer, blocksKey(clusterId))
  const losers = new Set<string>()
  const foreign: string[] = []
  const kept: number[] = []
  for (const text of new Set(heldV4)) {
    const block = blockNumber(text)
    const owner = block === undefined ? undefined : owners.get(block)
    if (block === undefined || (owner !== undefined && owner !== clusterId && (await reached(owner)))) foreign.push(text)
    else kept.push(block)
    if (owner !== undefined && owner !== clusterId && !foreign.includes(text)) losers.add(owner)
  }
  for (const loser of losers) await writeBlocks(writer, blocksKey(loser), without(await readBlocks(writer, blocksKey(loser)), kept))
  const isOwnKept = kept.length === 0 || (await reached(clusterId))
  await writeBlocks(writer, blocksKey(clusterId), [...kept, ...(isOwnKept ? without(own, kept) : [])])
  const freed = without(await readBlocks(writer, FREED), kept)
  await writeBlocks(writer, FREED, [...freed, ...(isOwnKept ? [] : without(own, kept))])
  return { losers, foreign }
}

/** Who has which block. */
async function ownersOfBlocks(reader: Reader): Promise<ReadonlyMap<number, string>> {
  const known = (await reader.list(facts)).filter(({ key }) => key.startsWith(blocksKey('')))
  return new Map(known.flatMap(({ key, value }) => parseBlocks(value).map((block) => [block, key.slice(blocksKey('').length)] as const)))
}

function without(blocks: readonly number[], others: readonly number[]): readonly number[] {
  return blocks.filter((block) => !others.includes(block))
}

async function writeBlocks(writer: Writer, key: string, blocks: readonly number[]): Promise<void> {
  if (blocks.length > 0) await writer.put(facts, { key, value: blocks.join(',') })
  else await writer.remove(facts, key)
}

function parseBlocks(text: string): number[] {
  return text.split(',').filter(Boolean).map(Number)
}

async function readBlocks(reader: Reader, key: string): Promise<number[]> {
  return parseBlocks((await reader.get(facts, key))?.value ?? '')
}

async function nextBlock(writer: Writer): Promise<number> {
  const taken = new Set([...(await ownersOfBlocks(writer)).keys(), ...(await readBlocks(writer, FREED))])
  let next = Number((await writer.get(facts, 'next-block'))?.value ?? 0)
  while (taken.has(next)) next += 1
  if (next >= BLOCKS_MAX) return takeFreed(writer)
  await writer.put(facts, { key: 'next-block', value: String(next + 1) })
  return next
}

/** The one that has rested longest. */
async function takeFreed(writer: Writer): Promise<number> {
  const [first, ...rest] = await readBlocks(writer, FREED)
  if (first === undefined) throw new OakError('resource-exhausted', `all ${BLOCKS_MAX} blocks of node subnets are given to clusters`)
  await writer.put(facts, { key: FREED, value: rest.join(',') })
  return first
}

function blockV4(block: number): string {
  return `10.${18 + Math.floor(block / BLOCKS_PER_B)}.${(block % BLOCKS_PER_B) * 4}.0/22`
}

/** The number of a block that `blockV4` wrote; undefined for other text. */
function blockNumber(text: string): number | undefined {
  const [, second = 0, third = 0] = text.split('.').map(Number)
  const block = (second - 18) * BLOCKS_PER_B + third / 4
  const isBlock = Number.isInteger(block) && block >= 0 && block < BLOCKS_MAX
  return isBlock && blockV4(block) === text ? block : undefined
}

/** A /116 holds 16 subnets of /120: its blocks begin at fc00:: in steps of 0x1000. */
function blockV6(block: number): string {
  const value = block * NODES_PER_BLOCK * 256
  const high = Math.floor(value / 0x10000)
  const low = (value % 0x10000).toString(16)
  return `fc00::${high > 0 ? `${high.toString(16)}:` : ''}${low}/116`
}
