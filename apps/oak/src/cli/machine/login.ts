import { readFileSync } from 'node:fs'
import { login } from '../../client/session.ts'
import { addressOf, type CliContext, environmentCredentials, tokenStore } from '../context.ts'
import { CliFailure, EXIT } from '../failure.ts'
import type { Options } from '../options.ts'

export interface LoginOptions {
  readonly username?: string
  readonly passwordStdin?: boolean
}

/** Exchanges a password for tokens and keeps those; the password is kept nowhere. */
export async function logIn(context: CliContext, options: Options<LoginOptions>): Promise<void> {
  const api = await addressOf(context, options)
  const username = options.username ?? (await askUsername(context))
  const password = options.passwordStdin ? readFileSync(0, 'utf8').replace(/\r?\n$/, '') : await askPassword(context, username)
  const tokens = await login(api, { username, password }, context.signal)
  tokenStore(context).set(api.origin, tokens)
  context.output.talk(`Logged in at ${api.origin} as ${username}.`)
}

export async function logOut(context: CliContext, options: Options): Promise<void> {
  const api = await addressOf(context, options)
  const had = tokenStore(context).delete(api.origin)
  context.output.talk(had ? `Forgot the login at ${api.origin}.` : `There was no login at ${api.origin}.`)
}

async function askUsername(context: CliContext): Promise<string> {
  const known = context.env['OAK_USERNAME']
  if (known) return known
  const answer = await context.ask('User name [Admin]: ')
  return answer?.trim() || 'Admin'
}

async function askPassword(context: CliContext, username: string): Promise<string> {
  const known = environmentCredentials(context.env)?.password
  if (known) return known
  const answer = await context.ask(`Password of ${username}: `, { hidden: true })
  if (!answer) throw new CliFailure(EXIT.usage, 'no password was given', 'pipe it in with --password-stdin, or set OAK_PASSWORD')
  return answer
}
