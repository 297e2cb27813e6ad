/** What a page reads of a token. It believes nothing: root checks every call; this only decides what is worth showing. */
export interface Claims {
  readonly userName: string
  readonly roles: readonly string[]
  readonly organizationId: string
  /** Milliseconds since the epoch. */
  readonly expiresAtMs: number
}

/** Reads the claims of a JWT; undefined for what is none. */
export function readClaims(token: string): Claims | undefined {
  try {
    const json: unknown = JSON.parse(decode(token.split('.')[1] ?? ''))
    return typeof json === 'object' && json !== null ? claimsOf(json) : undefined
  } catch {
    return undefined
  }
}

function claimsOf(json: object): Claims | undefined {
  const { sub, roles, organization, exp } = json as Readonly<Record<'sub' | 'roles' | 'organization' | 'exp', unknown>>
  if (typeof sub !== 'string' || typeof exp !== 'number') return undefined
  return {
    userName: sub,
    roles: Array.isArray(roles) ? roles.filter((role) => typeof role === 'string') : [],
    organizationId: typeof organization === 'string' ? organization : '',
    expiresAtMs: exp * 1000,
  }
}

function decode(part: string): string {
  const binary = atob(part.replaceAll('-', '+').replaceAll('_', '/'))
  return new TextDecoder().decode(Uint8Array.from(binary, (char) => char.codePointAt(0) ?? 0))
}
