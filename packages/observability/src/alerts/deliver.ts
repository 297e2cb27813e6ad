import { createHmac } from 'node:crypto'
import { type Clock, type Logger, OakError, toOakError } from '@oakestra/base'
import { type MailServer, sendBySmtp } from '../mail/send-by-smtp.ts'
import type { Alert } from './alert.ts'
import type { AlertBook } from './alert-book.ts'

/** Somebody who is told of alerts. */
export interface Receiver {
  /** Names it in what is remembered; must not change between restarts. */
  readonly name: string
  /** @throws when it could not be told; it is tried again */
  tell(alerts: readonly Alert[], signal: AbortSignal): Promise<void>
}

const TELL_TIMEOUT_MS = 10_000
const MAILED_AT_ONCE_MAX = 50

export interface WebhookOptions {
  readonly url: string
  /** With it each message is signed: `x-oakestra-signature: sha256=…` over the body. */
  readonly secret?: string
}

/** Posts what Prometheus' Alertmanager posts (webhook, version 4), so that what people have understands it. */
export function createWebhook({ url, secret }: WebhookOptions): Receiver {
  return {
    name: `webhook ${url}`,
    tell: async (alerts, signal) => {
      const body = JSON.stringify(alertmanagerMessage(alerts))
      const signature =
        secret === undefined ? {} : { 'x-oakestra-signature': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}` }
      const headers = { 'content-type': 'application/json', ...signature }
      const answer = await fetch(url, { method: 'POST', headers, body, signal, redirect: 'error' })
      await answer.body?.cancel()
      if (!answer.ok) throw new OakError('unavailable', `the webhook answered with status ${answer.status}`)
    },
  }
}

/** https://prometheus.io/docs/alerting/latest/configuration/#webhook_config */
function alertmanagerMessage(alerts: readonly Alert[]): object {
  return {
    version: '4',
    groupKey: 'oakestra',
    truncatedAlerts: 0,
    status: alerts.some(({ state }) => state === 'firing') ? 'firing' : 'resolved',
    receiver: 'oakestra',
    groupLabels: {},
    commonLabels: {},
    commonAnnotations: {},
    externalURL: '',
    alerts: alerts.map(({ state, rule, severity, labels, summary, impact, action, startedAtMs, resolvedAtMs, id }) => ({
      status: state,
      labels: { ...labels, alertname: rule, severity },
      annotations: { summary, impact, action },
      startsAt: new Date(startedAtMs).toISOString(),
      endsAt: resolvedAtMs === undefined ? '0001-01-01T00:00:00Z' : new Date(resolvedAtMs).toISOString(),
      generatorURL: '',
      fingerprint: id,
    })),
  }
}

/** One mail for what is told together. */
export function createMail(server: MailServer, to: readonly string[]): Receiver {
  return {
    name: `mail ${to.join(', ')}`,
    tell: (alerts) =>
      sendBySmtp(server, {
        to,
        subject: subjectOf(alerts),
        text: alerts.slice(0, MAILED_AT_ONCE_MAX).map(paragraph).join('\n\n'),
      }),
  }
}

function subjectOf(alerts: readonly Alert[]): string {
  const [first] = alerts
  const word = first?.state === 'resolved' ? 'over' : (first?.severity ?? '')
  const more = alerts.length > 1 ? ` (and ${alerts.length - 1} more)` : ''
  return `[oakestra ${word}] ${first?.summary ?? ''}${more}`
}

function paragraph({ state, severity, summary, impact, action, startedAtMs, resolvedAtMs }: Alert): string {
  const since = new Date(startedAtMs).toISOString()
  const when = resolvedAtMs === undefined ? `since ${since}` : `from ${since} to ${new Date(resolvedAtMs).toISOString()}`
  return [
    `${state === 'resolved' ? 'OVER' : severity.toUpperCase()}: ${summary}`,
    when,
    `What it means: ${impact}`,
    `What to do: ${action}`,
  ].join('\n')
}

/** Tells each receiver what it does not know yet, and keeps trying. */
export class Delivery {
  readonly #book: AlertBook
  readonly #receivers: readonly Receiver[]
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #busy = new Set<string>()
  readonly #notBeforeMs = new Map<string, number>()
  /** Up to which version of the book each receiver knows everything: until the next there is nothing to look for. */
  readonly #knows = new Map<string, number>()

  constructor(parts: {
    readonly book: AlertBook
    readonly receivers: readonly Receiver[]
    readonly clock: Clock
    readonly logger: Logger
  }) {
    this.#book = parts.book
    this.#receivers = parts.receivers
    this.#clock = parts.clock
    this.#logger = parts.logger
  }

  /** To be called often; a receiver that is being told, or failed lately, is left alone. */
  async run(): Promise<void> {
    await Promise.all(this.#receivers.map((receiver) => this.#tell(receiver)))
  }

  async #tell(receiver: Receiver): Promise<void> {
    const nowMs = this.#clock.monotonicMs()
    if (this.#busy.has(receiver.name) || nowMs < (this.#notBeforeMs.get(receiver.name) ?? 0)) return
    // Before the look into the store: what changes meanwhile is looked for the next time.
    const { version } = this.#book
    if (this.#knows.get(receiver.name) === version) return
    this.#busy.add(receiver.name)
    try {
      const untold = await this.#book.untold(receiver.name)
      if (untold.length > 0) {
        await receiver.tell(untold, AbortSignal.timeout(TELL_TIMEOUT_MS))
        await this.#book.told(receiver.name, untold)
      }
      this.#knows.set(receiver.name, version)
    } catch (thrown) {
      this.#notBeforeMs.set(receiver.name, nowMs + RETRY_MS)
      this.#logger.warn('somebody could not be told of alerts', { receiver: kindOf(receiver), err: toOakError(thrown).message })
    } finally {
      this.#busy.delete(receiver.name)
    }
  }
}

// Long enough for a service that is overloaded, short enough for a person who waits.
const RETRY_MS = 30_000

/** Addresses may hold tokens. */
function kindOf({ name }: Receiver): string {
  return name.split(' ', 1)[0] ?? ''
}
