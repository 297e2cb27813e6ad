import { LiveStatus } from '../../ui/live-status.tsx'
import { useBeat, useInfrastructure } from '../infrastructure.ts'

const AWAY = 'What runs goes on; this page connects again by itself. Click to try now.'
const MEANING = { live: 'Numbers arrive here every few seconds, alerts at once.', stale: AWAY, connecting: AWAY } as const

/** Whether the numbers of the control plane arrive. */
export function PulseMark() {
  const { pulse } = useInfrastructure()
  const { state } = useBeat()
  return state.kind === 'forbidden' ? null : <LiveStatus state={state} meaning={MEANING} onRetry={() => pulse.retryNow()} />
}
