import { z } from 'zod'
import type { MailDesk } from '../../mail/mail-desk.ts'

/** In the words of the dashboard's page for it (`reference/experience.md` 1.6). The password is never told. */
export const settingsSchema = z
  .object({
    type: z.enum(['None', 'Custom']).describe('`None`: no mail is sent.'),
    address: z.string(),
    port: z.string(),
    username: z.string(),
    ssl: z.boolean(),
    from: z.string().describe('The sender.'),
    dashboard: z.string().describe('Address of the dashboard, for the links of mails.'),
    password_set: z.boolean(),
    source: z
      .enum(['configuration', 'settings'])
      .describe('`configuration`: the file or the environment of root says it, and it cannot be changed here.'),
  })
  .meta({ id: 'Settings' })

export async function settingsAnswer(mail: MailDesk): Promise<z.infer<typeof settingsSchema>> {
  const settings = await mail.settings()
  return {
    type: settings ? 'Custom' : 'None',
    address: settings?.host ?? '',
    port: settings ? String(settings.port) : '',
    username: settings?.user ?? '',
    ssl: settings?.tls ?? false,
    from: settings?.from ?? '',
    dashboard: settings?.dashboard ?? '',
    password_set: (settings?.password ?? '') !== '',
    source: mail.isConfigured ? 'configuration' : 'settings',
  }
}
