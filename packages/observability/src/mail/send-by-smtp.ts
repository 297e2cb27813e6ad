/** Where mail is handed in. */
export interface MailServer {
  readonly host: string
  readonly port: number
  /** True: TLS from the first byte (port 465). Without it STARTTLS is used when it is offered. */
  readonly tls: boolean
  readonly user?: string | undefined
  readonly password?: string | undefined
  /** The sender; the user when absent. */
  readonly from?: string | undefined
}

/** A mail of plain text. */
export interface Mail {
  readonly to: string | readonly string[]
  readonly subject: string
  readonly text: string
}

/** A mail server that says nothing for so long is not there. */
const SILENCE_MS = 15_000

/** Hands a mail in. Its library is loaded with the first one: who sends none does not carry it. @throws when it is not taken */
export async function sendBySmtp({ host, port, user, password, tls, from }: MailServer, { to, subject, text }: Mail): Promise<void> {
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
    await transport.sendMail({ to: [to].flat(), subject, text, from: from ?? user ?? `oakestra@${host}` })
  } finally {
    transport.close()
  }
}
