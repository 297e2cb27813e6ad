/**
 * The address that a name of the reverse tree stands for (RFC 1035 3.5, RFC 3596 2.5), IPv6 in eight full groups;
 * `undefined` for any other name.
 */
export function addressOfReverseName(name: string): { readonly family: 4 | 6; readonly parts: readonly number[] } | undefined {
  const v4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.in-addr\.arpa$/.exec(name)
  if (v4) {
    const parts = v4.slice(1).toReversed().map(Number)
    return parts.every((part) => part < 256) ? { family: 4, parts } : undefined
  }
  const v6 = /^((?:[0-9a-f]\.){32})ip6\.arpa$/.exec(name)
  if (!v6?.[1]) return undefined
  const digits = v6[1].split('.').filter(Boolean).toReversed().join('')
  return { family: 6, parts: Array.from({ length: 8 }, (_, index) => Number.parseInt(digits.slice(index * 4, index * 4 + 4), 16)) }
}

/** True inside 10.16.0.0/12 or fc00::/7, the overlay's ranges (`reference/network.md` 1): such questions stay on the node. */
export function isInOverlay({ family, parts }: { readonly family: 4 | 6; readonly parts: readonly number[] }): boolean {
  const [first = 0, second = 0] = parts
  return family === 4 ? first === 10 && second >= 16 && second < 32 : first >= 0xfc00 && first < 0xfe00
}
