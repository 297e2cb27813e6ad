import { Tooltip, UnstyledButton } from '@mantine/core'
import { useApp } from '../app-services.ts'
import { useLiveState, useNow } from '../live/use-live.ts'
import { agoText } from '../words/times.ts'

/** Says whether what is shown is what is. A click tries again at once. */
export function LiveMark() {
  const { live } = useApp()
  const state = useLiveState()
  const now = useNow(1_000)
  if (state.kind === 'live') {
    return (
      <Tooltip label="Changes appear here as they happen.">
        <span className="oak-live" data-tone="good" role="status">
          <span className="oak-dot" aria-hidden="true" />
          <span>Live</span>
        </span>
      </Tooltip>
    )
  }
  const stale = state.kind === 'stale'
  return (
    <Tooltip
      label={
        stale
          ? 'Root cannot be reached. What runs goes on; this page connects again by itself. Click to try now.'
          : 'Asking root for changes.'
      }
    >
      <UnstyledButton
        className="oak-live"
        data-tone={stale ? 'warn' : 'busy'}
        onClick={() => live.retryNow()}
        role="status"
        aria-live="polite"
      >
        <span className="oak-dot" aria-hidden="true" />
        <span>{stale ? `Not live: as of ${agoText(state.sinceMs, now)}` : 'Connecting'}</span>
      </UnstyledButton>
    </Tooltip>
  )
}
