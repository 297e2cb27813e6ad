import { z } from 'zod'

/** Where mail is handed in, and what it says about itself. */
export interface MailSettings {
  readonly host: string
  readonly port: number
  readonly user?: string | undefined
  readonly password?: string | undefined
  /** True: TLS from the first byte (port 465). Without it STARTTLS is used when it is offered. */
  readonly tls: boolean
  /** The sender; the user when absent. */
  readonly from?: string | undefined
  /** Address of the dashboard, for links. */
  readonly dashboard?: string | undefined
}

export const mailSettingsSchema = z.object({
  host: z.string().min(1).max(255),
  port: z.int().min(1).max(65_535),
  user: z.string().max(256).optional(),
  password: z.string().max(1024).optional(),
  tls: z.boolean(),
  from: z.string().max(256).optional(),
  dashboard: z.string().max(1024).optional(),
}) satisfies z.ZodType<MailSettings>
