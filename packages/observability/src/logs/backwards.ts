import { open } from 'node:fs/promises'

const BLOCK_BYTES = 256 * 1024
/** A longer one is not a line of ours. */
const LINE_BYTES_MAX = 1024 * 1024
const NEW_LINE = 0x0a

/** The lines of a file from its end to its beginning, holding a block at a time. A file that is not there has none. */
export async function* linesBackwards(path: string): AsyncGenerator<string> {
  const file = await open(path, 'r').catch(nothingWhenAbsent)
  if (!file) return
  try {
    let end = (await file.stat()).size
    let rest: Buffer = Buffer.alloc(0)
    while (end > 0) {
      const start = Math.max(0, end - BLOCK_BYTES)
      const block = Buffer.alloc(end - start)
      await file.read(block, 0, block.length, start)
      const { lines, first } = split(Buffer.concat([block, rest]))
      yield* lines
      rest = first.length > LINE_BYTES_MAX ? Buffer.alloc(0) : first
      end = start
    }
    if (rest.length > 0) yield rest.toString()
  } finally {
    await file.close()
  }
}

/** Whole lines, last first, and what is before the first line break: the end of a line that begins in the block before. */
function split(bytes: Buffer): { readonly lines: readonly string[]; readonly first: Buffer } {
  const lines: string[] = []
  let end = bytes.length
  for (let at = bytes.lastIndexOf(NEW_LINE); at >= 0; at = at === 0 ? -1 : bytes.lastIndexOf(NEW_LINE, at - 1)) {
    if (at + 1 < end) lines.push(bytes.subarray(at + 1, end).toString())
    end = at
  }
  return { lines, first: bytes.subarray(0, end) }
}

function nothingWhenAbsent(thrown: unknown): undefined {
  if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return undefined
  throw thrown
}
