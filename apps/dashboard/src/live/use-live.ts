import { useEffect, useReducer, useSyncExternalStore } from 'react'
import { useApp } from '../app-services.ts'
import type { LiveState } from './live-hub.ts'
import type { Load, Sample } from './samples.ts'

export function useLiveState(): LiveState {
  const { live } = useApp()
  return useSyncExternalStore(
    (changed) => live.onState(changed),
    () => live.state(),
  )
}

/** The newest numbers of an instance, renewed as they arrive. */
export function useSamples(instanceId: string): readonly Sample[] {
  const { samples } = useApp()
  return useSyncExternalStore(
    (changed) => samples.subscribe(instanceId, changed),
    () => samples.of(instanceId),
  )
}

/** The newest loads of a node or a cluster, renewed as they arrive. */
export function useLoads(id: string): readonly Load[] {
  const { loads } = useApp()
  return useSyncExternalStore(
    (changed) => loads.subscribe(id, changed),
    () => loads.of(id),
  )
}

/** Wall time, renewed every so often, for texts such as "3 minutes ago". */
export function useNow(everyMs = 10_000): number {
  const { clock } = useApp()
  const [, tick] = useReducer((count: number) => count + 1, 0)
  const now = clock.wallMs()
  useEffect(() => {
    const timer = clock.after(everyMs, tick)
    return () => timer.cancel()
  })
  return now
}
