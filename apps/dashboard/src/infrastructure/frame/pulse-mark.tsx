import { Tooltip, UnstyledButton } from '@mantine/core'
import { useNow } from '../../live/use-live.ts'
import { agoText } from '../../words/times.ts'
import { useBeat, useInfrastructure } from '../infrastructure.ts'

/** Says whether what is shown is what is. A click tries again at once. */
export function PulseMark() {
  const { pulse } = useInfrastructure()
  const { state } = useBeat()
  const now = useNow(1_000)
  if (state.kind === 'forbidden') return null
  if (state.kind === 'live') {
    return (
      <Tooltip label="Numbers arrive here every few seconds, alerts at once.">
        <span className="oak-live" data-tone="good" role="status">
          <span className="oak-dot" aria-hidden="true" />
          <span>Live</span>
        </span>
      </Tooltip>
    )
  }
  const isStale = state.kind === 'stale'
  return (
    <Tooltip label="What runs goes on; this page connects again by itself. Click to try now.">
      <UnstyledButton
        className="oak-live"
        data-tone={isStale ? 'warn' : 'busy'}
        onClick={() => pulse.retryNow()}
        role="status"
        aria-live="polite"
      >
        <span className="oak-dot" aria-hidden="true" />
        <span>{isStale ? `Not live: as of ${agoText(state.sinceMs, now)}` : 'Connecting'}</span>
      </UnstyledButton>
    </Tooltip>
  )
}
