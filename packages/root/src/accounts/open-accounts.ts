import { type Clock, type IdGenerator, type Logger, OakError, silentLogger } from '@oakestra/base'
import type { Store } from '@oakestra/store'
import { createMailDesk } from '../mail/mail-desk.ts'
import type { MailSettings } from '../mail/mail-settings.ts'
import type { Mail } from '../mail/mailer.ts'
import { type Accounts, createAccounts } from './accounts.ts'
import { ensureAccounts } from './ensure-accounts.ts'
import type { KeyStore } from './key-store.ts'
import { createLoginThrottle } from './login-throttle.ts'
import { createPasswordHasher, type HashingOptions } from './passwords.ts'
import { openTokenKeys } from './token-keys.ts'
import { createTokens } from './tokens.ts'

export interface OpenAccountsOptions {
  readonly store: Store
  readonly clock: Clock
  readonly ids: IdGenerator
  readonly keys: KeyStore
  readonly adminPassword?: string
  /** Hears a made-up password of `Admin` before it comes into force. */
  readonly announce?: (password: string) => Promise<void>
  readonly hashing?: HashingOptions
  /** How mail is sent; absent: as an Admin sets it through the API, or not at all. */
  readonly mail?: MailSettings
  /** Hands a mail in; absent: none is sent, and the log says so. */
  readonly sendMail?: (settings: MailSettings, mail: Mail) => Promise<void>
  readonly logger?: Logger
}

/** Everything about accounts that a root needs at its start. */
export async function openAccounts(
  options: OpenAccountsOptions,
): Promise<{ readonly accounts: Accounts; readonly initialAdminPassword?: string }> {
  const { store, clock, ids, keys } = options
  const hasher = createPasswordHasher(options.hashing)
  const first = await ensureAccounts({ ...options, hasher })
  const tokens = createTokens(await openTokenKeys(keys, clock, ids), clock)
  const { mail: configured, sendMail: send = sendNothing, logger = silentLogger } = options
  const mail = createMailDesk({ store, logger, configured, send })
  const accounts = createAccounts({ store, clock, ids, tokens, hasher, throttle: createLoginThrottle(clock), mail })
  return { accounts, ...first }
}

async function sendNothing(): Promise<void> {
  throw new OakError('unavailable', 'nobody here can send mail')
}
