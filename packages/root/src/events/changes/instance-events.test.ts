import type { DesiredInstance } from '@oakestra/model'
import { describe, expect, it } from 'vitest'
import type { ReportedInstance } from '../../state/collections.ts'
import { instanceEvents } from './instance-events.ts'

const NOBODY = { service: undefined, clusterName: undefined }

const instance: DesiredInstance = {
  id: 'i1',
  serviceId: 's1',
  number: 0,
  addresses: { v4: '10.30.0.1', v6: 'fdff::1' },
  createdAtMs: 1,
  clusterId: 'c1',
  revision: 1,
  removing: false,
}
const completed: ReportedInstance = {
  instanceId: 'i1',
  revision: 1,
  state: 'completed',
  detail: 'exited with code 0',
  exitCode: 0,
  restarts: 0,
  term: 0,
  clusterId: 'c1',
}

describe('the events of an instance', () => {
  it('tell of its end once, and of nothing when its cluster forgets it afterwards', () => {
    const running = { ...completed, state: 'running' as const }
    const ended = instanceEvents({ instance, report: running }, { instance, report: completed }, NOBODY)
    expect(ended).toMatchObject([{ kind: 'instance.status', details: { from: 'RUNNING', to: 'COMPLETED' } }])
    const { clusterId: _left, ...resting } = { ...instance, ended: completed }
    const before = { instance: { ...instance, ended: completed }, report: completed }
    expect(instanceEvents(before, { instance: resting, report: undefined }, NOBODY)).toEqual([])
  })
})
