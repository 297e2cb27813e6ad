import type { Clock, Logger } from '@oakestra/base'
import { createExternalScheduler, type ExternalScheduler } from '@oakestra/external-scheduler'
import type { PolicyName } from '@oakestra/scheduler'
import type { OakConfig } from '../config.ts'

export interface PlacingOptions {
  readonly policy: PolicyName
  /** Set where an external scheduler is asked first. */
  readonly chooser?: ExternalScheduler['choose']
}

/** How a tier chooses places, by its settings. @throws OakError `bad-request` for an address or token that cannot be used */
export function placingOptions(settings: OakConfig['root']['scheduler'], clock: Clock, logger: Logger): PlacingOptions {
  const { policy, url, token, timeoutMs } = settings
  if (url === undefined) return { policy }
  const external = createExternalScheduler({ url, timeoutMs, clock, logger, ...(token !== undefined && { token }) })
  return { policy, chooser: external.choose }
}
