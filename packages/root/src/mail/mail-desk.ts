import type { Logger } from '@oakestra/base'
import type { Store } from '@oakestra/store'
import { facts } from '../state/collections.ts'
import { type MailSettings, mailSettingsSchema } from './mail-settings.ts'
import type { Mail } from './mailer.ts'

/** Sends what root has to mail, by the settings of its configuration or else those an Admin made. */
export interface MailDesk {
  /** Undefined while this root sends no mail. */
  settings(): Promise<MailSettings | undefined>
  /** True: the configuration says how mail is sent, and an Admin's settings count for nothing. */
  readonly isConfigured: boolean
  /** What an Admin made; undefined ends sending. */
  change(settings: MailSettings | undefined): Promise<void>
  /** Sends in the background; what fails is told in the log. */
  post(mail: Mail): void
}

export interface MailDeskDeps {
  readonly store: Store
  readonly logger: Logger
  readonly configured?: MailSettings | undefined
  readonly send: (settings: MailSettings, mail: Mail) => Promise<void>
}

const FACT = 'mail-settings'
/** Mails on their way at a time. More come only from somebody who floods, and are dropped. */
const IN_FLIGHT_MAX = 16

export function createMailDesk({ store, logger, configured, send }: MailDeskDeps): MailDesk {
  let inFlight = 0
  const settings = async () => configured ?? (await store.read(async (reader) => parse((await reader.get(facts, FACT))?.value)))
  const deliver = async (mail: Mail) => {
    inFlight += 1
    try {
      const known = await settings()
      if (known) await send(known, mail)
    } catch (err) {
      logger.warn('a mail could not be sent', { subject: mail.subject, err })
    } finally {
      inFlight -= 1
    }
  }
  return {
    settings,
    isConfigured: configured !== undefined,
    change: (made) =>
      store.write((writer) => (made ? writer.put(facts, { key: FACT, value: JSON.stringify(made) }) : writer.remove(facts, FACT))),
    post(mail) {
      if (inFlight >= IN_FLIGHT_MAX) return logger.warn('a mail was dropped: too many are on their way', { subject: mail.subject })
      void deliver(mail)
    },
  }
}

function parse(text: string | undefined): MailSettings | undefined {
  return text === undefined ? undefined : mailSettingsSchema.parse(JSON.parse(text))
}
