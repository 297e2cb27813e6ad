import type { MailSettings } from '../mail/mail-settings.ts'
import type { Mail } from '../mail/mailer.ts'
import type { User } from '../state/collections.ts'

/**
 * The mail with the way to a new password. A link is only made to the dashboard's own address, which an operator
 * states: the host that a request names may be anybody's, and would be sent the token.
 */
export function resetMail(user: User, token: string, { dashboard }: MailSettings, domain: string): Mail {
  const way = dashboard
    ? [`Choose a new password here: ${dashboard.replace(/\/+$/, '')}/resetPassword/${token}`]
    : [`Open the dashboard's page /resetPassword/${token}`, `(you asked from ${printable(domain)}).`]
  const lines = [
    `Somebody, hopefully you, asked for a new password for the user ${user.name}.`,
    '',
    ...way,
    '',
    'This works once, within an hour. If it was not you, there is nothing to do: the password stays as it is.',
  ]
  return { to: user.email, subject: 'A new password for Oakestra', text: `${lines.join('\n')}\n` }
}

/** It comes from a stranger, so that only what a host is made of gets into the mail. */
function printable(domain: string): string {
  return domain.replaceAll(/[^\w.:[\]-]/g, '').slice(0, 100) || 'an unknown place'
}
