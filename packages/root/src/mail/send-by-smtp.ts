import type { MailSettings } from './mail-settings.ts'
import type { Mail } from './mailer.ts'

/** A mail server that says nothing for so long is not there. */
const SILENCE_MS = 15_000

/** Hands a mail in. Its library is loaded with the first one: a root that sends none does not carry it. */
export async function sendBySmtp({ host, port, user, password, tls, from }: MailSettings, mail: Mail): Promise<void> {
  const { createTransport } = await import('nodemailer')
  const transport = createTransport({
    host,
    port,
    secure: tls,
    connectionTimeout: SILENCE_MS,
    greetingTimeout: SILENCE_MS,
    socketTimeout: SILENCE_MS,
    // What is mailed is text of ours: nothing is read from a file or an address.
    disableFileAccess: true,
    disableUrlAccess: true,
    ...(user && { auth: { user, pass: password ?? '' } }),
  })
  try {
    await transport.sendMail({ ...mail, from: from ?? user ?? `oakestra@${host}` })
  } finally {
    transport.close()
  }
}
