import { OakError } from '@oakestra/base'
import { z } from 'zod'
import { recordEvent } from '../../events/record-event.ts'
import type { MailDesk } from '../../mail/mail-desk.ts'
import type { MailSettings } from '../../mail/mail-settings.ts'
import { schemaBody } from '../bodies.ts'
import type { RootApiDeps } from '../deps.ts'
import { anyOf } from '../permission.ts'
import { defineRoute } from '../route.ts'
import { settingsAnswer, settingsSchema } from './mail-answer.ts'

/** Where mail is handed in with STARTTLS, and with TLS from the start. */
const PORT = 587
const PORT_TLS = 465

const HOST = 'the name or address of a mail server'
const PORT_EXPECTED = 'a port number'
const SENDER = 'an address, such as oak@example.org'
const text = z.string({ error: 'text' }).max(1024, { error: 'at most 1024 characters' })
const host = z.union([z.string({ error: HOST }).regex(/^[A-Za-z0-9.:_-]{1,255}$/, { error: HOST }), z.literal('')], { error: HOST })
const port = z.union([z.int().min(1).max(65_535), z.string().regex(/^\d{0,5}$/)], { error: PORT_EXPECTED })
const sender = z
  .string({ error: SENDER })
  .max(254, { error: SENDER })
  .regex(/^[^\r\n]*$/, { error: SENDER })

const body = z
  .looseObject(
    {
      type: z.enum(['None', 'Custom'], { error: 'None or Custom' }),
      address: host.nullish(),
      port: port.nullish(),
      username: text.nullish(),
      password: z.unknown().optional().describe('The one there is stays when this is no text, or an empty one.'),
      ssl: z.boolean({ error: 'true or false' }).nullish().describe('TLS from the start; without it STARTTLS where it is offered.'),
      from: sender.nullish(),
      dashboard: text.nullish(),
    },
    { error: 'an object with type' },
  )
  .meta({ id: 'SettingsChange' })
type Wanted = z.infer<typeof body>

const shared = {
  method: 'PUT',
  tag: 'settings',
  permission: anyOf('Admin'),
  body: schemaBody(body),
  answer: settingsSchema,
} as const

export const changeSettings = defineRoute({
  ...shared,
  path: '/api/settings',
  summary: 'Say how mail is sent',
  handle: (deps, call) => change(deps, call.body),
})

/** The released dashboard forgets a slash between `/api` and `settings` (`reference/experience.md` 1.5). */
export const changeSettingsOfDashboard = defineRoute({
  ...shared,
  path: '/apisettings',
  summary: 'Say how mail is sent, at the address that the dashboard of upstream calls',
  handle: (deps, call) => change(deps, call.body),
})

async function change({ accounts: { mail }, store }: RootApiDeps, wanted: Wanted) {
  if (mail.isConfigured) throw new OakError('conflict', 'how mail is sent stands in the configuration of root (root.mail); change it there')
  await mail.change(wanted.type === 'None' ? undefined : await settingsOf(mail, wanted))
  const object = { type: 'setting', id: 'mail' } as const
  await store.write(async (writer) => recordEvent(writer, { kind: 'setting.changed', object, details: { changed: ['mail'] } }))
  return settingsAnswer(mail)
}

async function settingsOf(mail: MailDesk, wanted: Wanted): Promise<MailSettings> {
  const { address, username, from, dashboard } = wanted
  if (!address) throw new OakError('bad-request', `address: expected ${HOST}, found nothing`)
  const before = await mail.settings()
  const given = typeof wanted.password === 'string' ? wanted.password.slice(0, 1024) : ''
  // Only to the server it was meant for: another one would be sent the password of this one.
  const kept = before?.host === address && before.user === username ? before.password : undefined
  const password = given === '' ? kept : given
  const tls = wanted.ssl ?? false
  return {
    host: address,
    port: Number(wanted.port) || (tls ? PORT_TLS : PORT),
    tls,
    ...(username && { user: username }),
    ...(password && { password }),
    ...(from && { from }),
    ...(dashboard && { dashboard }),
  }
}
