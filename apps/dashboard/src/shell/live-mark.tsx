import { useApp } from '../app-services.ts'
import { useLiveState } from '../live/use-live.ts'
import { LiveStatus } from '../ui/live-status.tsx'

const MEANING = {
  live: 'Changes appear here as they happen.',
  stale: 'Root cannot be reached. What runs goes on; this page connects again by itself. Click to try now.',
  connecting: 'Asking root for changes.',
} as const

/** Whether the events of root arrive. */
export function LiveMark() {
  const { live } = useApp()
  return <LiveStatus state={useLiveState()} meaning={MEANING} onRetry={() => live.retryNow()} />
}
