import { Tooltip, UnstyledButton } from '@mantine/core'
import type { LiveState } from '../live/live-hub.ts'
import { useNow } from '../live/use-live.ts'
import { agoText } from '../words/times.ts'

export interface LiveStatusProps {
  readonly state: LiveState
  /** What each state means, for whoever points at it. */
  readonly meaning: Readonly<Record<LiveState['kind'], string>>
  readonly onRetry: () => void
}

/** Says whether what is shown is what is. A click tries again at once. */
export function LiveStatus({ state, meaning, onRetry }: LiveStatusProps) {
  const now = useNow(1_000)
  if (state.kind === 'live') {
    return (
      <Tooltip label={meaning.live}>
        <span className="oak-live" data-tone="good" role="status">
          <span className="oak-dot" aria-hidden="true" />
          <span>Live</span>
        </span>
      </Tooltip>
    )
  }
  const isStale = state.kind === 'stale'
  return (
    <Tooltip label={meaning[state.kind]}>
      <UnstyledButton className="oak-live" data-tone={isStale ? 'warn' : 'busy'} onClick={onRetry} role="status" aria-live="polite">
        <span className="oak-dot" aria-hidden="true" />
        <span>{isStale ? `Not live: as of ${agoText(state.sinceMs, now)}` : 'Connecting'}</span>
      </UnstyledButton>
    </Tooltip>
  )
}
