import { OakError, toOakError } from '@oakestra/base'

/** Where a parent listens. */
export interface ParentAddress {
  readonly host: string
  readonly port: number
}

/**
 * Reads `host:port`; an IPv6 address stands in brackets.
 * @throws OakError `bad-request`
 */
export function parseParentAddress(text: string): ParentAddress {
  const [, v6, name, digits] = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9_.-]+)):([0-9]{1,5})$/.exec(text) ?? []
  const host = v6 ?? name
  const port = Number(digits)
  if (host === undefined || !(port >= 1 && port <= 65_535)) {
    throw new OakError(
      'bad-request',
      `"${text}" is not the address of a parent; expected host:port, like cluster.example:10101 or [2001:db8::1]:10101`,
    )
  }
  return { host, port }
}

/** The form that `parseParentAddress` reads. */
export function renderParentAddress({ host, port }: ParentAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/**
 * Tries one address after another until an attempt succeeds. An answer outweighs silence: an attempt that was refused
 * is reported rather than one that reached nobody.
 */
export async function tryAddresses<T>(addresses: readonly string[], attempt: (address: ParentAddress) => Promise<T>): Promise<T> {
  let failure: unknown
  for (const text of addresses) {
    try {
      return await attempt(parseParentAddress(text))
    } catch (thrown) {
      if (thrown instanceof OakError && thrown.code === 'aborted') throw thrown
      if (!failure || isSilence(failure)) failure = thrown
    }
  }
  throw toOakError(failure ?? new OakError('bad-request', 'no address of the parent is known'))
}

function isSilence(thrown: unknown): boolean {
  return thrown instanceof OakError && thrown.code === 'unavailable'
}
