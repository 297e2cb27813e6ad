import type { RecordedEvent } from '@oakestra/model'
import { useSyncExternalStore } from 'react'
import { useApp } from '../../app-services.ts'

/** What happened since this page was opened. */
export function useRecentEvents(): readonly RecordedEvent[] {
  const { live } = useApp()
  return useSyncExternalStore(
    (changed) => live.onEvent(changed),
    () => live.recent(),
  )
}
