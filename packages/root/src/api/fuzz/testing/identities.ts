import { createHmac, generateKeyPairSync, sign } from 'node:crypto'
import type { Random } from '@oakestra/base'
import { ADMIN_PASSWORD, type ApiFixture } from '../../testing/api-fixture.ts'
import { pick } from './values.ts'

const USERS = [
  ['Admin', ['Admin']],
  ['ann', ['Application_Provider']],
  ['eve', ['Application_Provider']],
  ['ina', ['Infrastructure_Provider']],
  ['olga', ['Organization_Admin']],
  ['nobody', []],
] as const

/** Longer than any access token lives. */
const TOO_LONG_MS = 3_600_000

/** Tokens that are in force, and tokens that must open nothing. */
export interface Identities {
  readonly valid: readonly string[]
  readonly invalid: readonly string[]
}

export async function createIdentities(fixture: ApiFixture): Promise<Identities> {
  for (const [name, roles] of USERS) await fixture.tokenOf(name, roles)
  const login = (userName: string) =>
    fixture.deps.accounts.login({ userName, password: ADMIN_PASSWORD, organizationName: 'root', address: '127.0.0.1' })
  const { accessToken: expired } = await login('Admin')
  await fixture.clock.advance(TOO_LONG_MS)
  const pairs = []
  for (const [name] of USERS) pairs.push(await login(name))
  const [admin] = pairs
  return {
    valid: pairs.map(({ accessToken }) => accessToken),
    invalid: [expired, ...pairs.map(({ refreshToken }) => refreshToken), ...(admin ? forged(admin.accessToken) : [])],
  }
}

/** What somebody makes of a token who has no key. */
function forged(token: string): readonly string[] {
  const [head = '', payload = '', signature = ''] = token.split('.')
  const header = JSON.parse(text(head)) as object
  const claims = JSON.parse(text(payload)) as Readonly<Record<string, unknown>>
  const unsigned = `${part({ ...header, alg: 'none' })}.${payload}`
  const symmetric = `${part({ ...header, alg: 'HS256' })}.${payload}`
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const other = sign('sha256', Buffer.from(`${head}.${payload}`), privateKey).toString('base64url')
  return [
    `${unsigned}.`,
    `${unsigned}.${signature}`,
    `${symmetric}.${createHmac('sha256', '').update(symmetric).digest('base64url')}`,
    `${symmetric}.${createHmac('sha256', 'secret').update(symmetric).digest('base64url')}`,
    `${head}.${payload}.${other}`,
    `${head}.${payload}.`,
    `${head}.${part({ ...claims, exp: 4_102_444_800 })}.${signature}`,
    `${head}.${part({ ...claims, sub: 'eve', user: 'eve' })}.${signature}`,
    `${part({ ...header, kid: '../../dev/null' })}.${payload}.${signature}`,
    `${part({ ...header, jku: 'http://127.0.0.1:1/keys' })}.${payload}.${signature}`,
    token.slice(0, -2),
    token.split('').reverse().join(''),
    'x',
    'null',
    '..',
  ]
}

function text(base64url: string): string {
  return Buffer.from(base64url, 'base64url').toString('utf8')
}

function part(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

/** The Authorization header with a token in it, or in a form that nobody may take for one. */
export function authorization(random: Random, { valid, invalid }: Identities): { readonly header?: string; readonly isValid: boolean } {
  const kind = random.next()
  // The first may do most, and so gets furthest.
  if (kind < 0.35) return { header: `Bearer ${valid[0]}`, isValid: true }
  if (kind < 0.75) return { header: `Bearer ${pick(random, valid)}`, isValid: true }
  if (kind < 0.9) return { header: `Bearer ${pick(random, invalid)}`, isValid: false }
  if (kind < 0.95) return { isValid: false }
  const odd = [
    'Bearer',
    'Bearer ',
    'Basic QWRtaW46QWRtaW4=',
    `Token ${valid[0]}`,
    `Bearer ${valid[0]} ${valid[0]}`,
    '\u00ff',
    'x'.repeat(5000),
  ]
  return { header: pick(random, odd), isValid: false }
}
