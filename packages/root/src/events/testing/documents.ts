import type { Application, DesiredInstance, ObservedInstance } from '@oakestra/model'
import { sampleInstance, sampleService } from '../../services-control/testing/sample-service.ts'

export { sampleService as service }

/** Alice's shop. */
export function application(changes: Partial<Application> = {}): Application {
  return { id: 'a', name: 'shop', namespace: 't', description: '', owner: 'alice', createdAtMs: 0, source: {}, ...changes }
}

/** Instance 3 of its service `web`, without a place. */
export function instance(changes: Partial<DesiredInstance> = {}): DesiredInstance {
  const { clusterId: _, ...unplaced } = sampleInstance(3, { id: 'i' })
  return { ...unplaced, ...changes }
}

export function report(changes: Partial<ObservedInstance>): ObservedInstance {
  return { instanceId: 'i', revision: 1, state: 'running', detail: '', restarts: 0, ...changes }
}
