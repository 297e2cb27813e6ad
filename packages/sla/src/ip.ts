/** Internet addresses as text and as numbers, so that equal addresses are equal text. RFC 4291 2.2, RFC 5952 4. */

/** Reads a dotted quad. Leading zeros are refused: some programs read them as octal. */
export function parseIpv4(text: string): number | undefined {
  const parts = text.split('.')
  if (parts.length !== 4 || !parts.every(isOctet)) return undefined
  return parts.reduce((value, part) => value * 256 + Number(part), 0)
}

function isOctet(part: string): boolean {
  return /^(0|[1-9][0-9]{0,2})$/.test(part) && Number(part) <= 255
}

export function formatIpv4(value: number): string {
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 0xff).join('.')
}

/** Reads an IPv6 address in any of its spellings, without a zone. */
export function parseIpv6(text: string): bigint | undefined {
  const halves = text.split('::')
  if (halves.length > 2 || (halves.length === 2 && halves[0]?.includes('.'))) return undefined
  const [head, tail] = halves.map(groupsOf)
  if (!head || (halves.length === 2 && !tail)) return undefined
  const missing = 8 - head.length - (tail?.length ?? 0)
  if (tail ? missing < 1 : missing !== 0) return undefined
  const groups = [...head, ...Array<number>(tail ? missing : 0).fill(0), ...(tail ?? [])]
  return groups.reduce((value, group) => (value << 16n) | BigInt(group), 0n)
}

function groupsOf(half: string): readonly number[] | undefined {
  if (half === '') return []
  const groups: number[] = []
  const words = half.split(':')
  for (const [index, word] of words.entries()) {
    const v4 = index === words.length - 1 && word.includes('.') ? parseIpv4(word) : undefined
    if (v4 !== undefined) groups.push(v4 >>> 16, v4 & 0xffff)
    else if (/^[0-9a-fA-F]{1,4}$/.test(word)) groups.push(Number.parseInt(word, 16))
    else return undefined
  }
  return groups
}

/** The canonical form: lower case, no leading zeros, the longest run of two or more zero groups as `::`. */
export function formatIpv6(value: bigint): string {
  const groups = Array.from({ length: 8 }, (_, index) => Number((value >> BigInt(16 * (7 - index))) & 0xffffn))
  const run = longestZeroRun(groups)
  const hex = (part: readonly number[]) => part.map((group) => group.toString(16)).join(':')
  if (run.length < 2) return hex(groups)
  return `${hex(groups.slice(0, run.start))}::${hex(groups.slice(run.start + run.length))}`
}

function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 }
  let start = 0
  for (const [index, group] of groups.entries()) {
    if (group !== 0) start = index + 1
    else if (index + 1 - start > best.length) best = { start, length: index + 1 - start }
  }
  return best
}
