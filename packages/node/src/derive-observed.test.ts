import type { Workload } from '@oakestra/runtime'
import { describe, expect, it } from 'vitest'
import { deriveObserved } from './derive-observed.ts'
import type { InstanceSituation } from './plan-instance.ts'
import type { LocalInstance } from './state.ts'
import { sampleSpec } from './testing/sample-spec.ts'

const spec = sampleSpec()
const identity = { nodeId: 'n'.repeat(24), nodeName: 'n1', hostAddress: '192.0.2.1' }
const local: LocalInstance = {
  id: spec.instanceId,
  spec,
  namespaceV4: '10.18.0.2',
  namespaceV6: 'fc00::2',
  attached: true,
  restarts: 0,
  strikes: 0,
}
const running: Workload = { id: spec.instanceId, revision: 1, state: { state: 'running', pid: 7 } }
const exited: Workload['state'] = { state: 'exited', exitCode: 2, outOfMemory: false, finishedAtMs: 0 }
const cutOff = { spec: sampleSpec({ disconnect: { action: 'stop', afterMs: 2_500, siteOnly: false } }), silentMs: 2_500 }

function seen(situation: Partial<InstanceSituation>): string {
  const observed = deriveObserved(
    { spec, local, workload: undefined, waitMs: 0, ranMs: 0, silentMs: 0, startsInMs: 0, ...situation },
    'image: downloading',
    identity,
  )
  return observed ? `${observed.state}: ${observed.detail}` : 'nothing'
}

describe('what a node reports of an instance', () => {
  it('is nothing once nothing of it is left', () => {
    expect(seen({ local: undefined })).toBe('nothing')
  })

  it.each<[string, Partial<InstanceSituation>, string]>([
    ['how far it is', {}, 'creating: image: downloading'],
    ['that it runs', { workload: running }, 'running: '],
    ['how often it was started again', { workload: running, local: { ...local, restarts: 2 } }, 'running: started again 2 times'],
    [
      'why it could not be started',
      { local: { ...local, trouble: { state: 'failed', detail: 'no such image' } } },
      'failed: no such image',
    ],
    ['why it ended', { local: { ...local, trouble: { state: 'dead', detail: 'exited with code 2' } } }, 'dead: exited with code 2'],
    [
      'how it ended for good',
      { local: { ...local, ending: { state: 'completed', exitCode: 0, detail: 'exited with code 0' } } },
      'completed: exited with code 0',
    ],
    ['that it is on its way out', { spec: undefined, workload: running }, 'stopping: being removed'],
    [
      'why it ended, though the process is not gone yet',
      { workload: { ...running, state: exited }, local: { ...local, trouble: { state: 'dead', detail: 'its health check failed: no' } } },
      'dead: its health check failed: no',
    ],
    ['why it is not ready', { workload: running, health: { state: 'starting', reason: 'no' } }, 'running: not ready yet: no'],
    ['that it does not work', { workload: running, health: { state: 'unhealthy', reason: 'no' } }, 'running: its health check failed: no'],
    ['that it is about to end', { workload: running, local: { ...local, doomedPid: 7 } }, 'stopping: about to be started again'],
    [
      'that it ends for the silence of its cluster',
      { ...cutOff, workload: running },
      'stopping: stopped: no word from the cluster for 2.5 s',
    ],
    ['that it ended for it', cutOff, 'dead: stopped: no word from the cluster for 2.5 s'],
    ['that what is said about it cannot be read', { workload: running, problem: 'nonsense' }, 'running: nonsense: it goes on as before'],
    ['that it is being replaced', { spec: sampleSpec({ revision: 2 }), workload: running }, 'creating: replacing the older revision'],
  ])('%s', (_name, situation, expected) => {
    expect(seen(situation)).toBe(expected)
  })

  it('holds nothing that an older revision did against the newer one', () => {
    const struck = { ...local, strikes: 7, restarts: 7, exitCode: 3, startedAtMs: 5 }
    const situation = { local: struck, workload: undefined, waitMs: 0, ranMs: 0, silentMs: 0, startsInMs: 0 }
    expect(deriveObserved({ ...situation, spec }, '', identity)).toMatchObject({ strikes: 7, restarts: 7, exitCode: 3 })
    const observed = deriveObserved({ ...situation, spec: sampleSpec({ revision: 2 }) }, '', identity)
    expect(observed).toEqual({
      instanceId: spec.instanceId,
      revision: 2,
      term: 0,
      state: 'creating',
      detail: expect.any(String),
      restarts: 0,
      ...identity,
    })
  })

  it('names the node and speaks of the revision that is wanted', () => {
    expect(
      deriveObserved(
        { spec: sampleSpec({ revision: 2 }), local, workload: running, waitMs: 0, ranMs: 0, silentMs: 0, startsInMs: 0 },
        '',
        identity,
      ),
    ).toMatchObject({
      ...identity,
      revision: 2,
    })
  })

  it('counts strikes and says what its health check says, for as long as it runs', () => {
    const struck = { ...local, strikes: 2 }
    const situation = {
      spec,
      local: struck,
      waitMs: 0,
      ranMs: 0,
      silentMs: 0,
      startsInMs: 0,
      health: { state: 'healthy', reason: '' },
    } as const
    expect(deriveObserved({ ...situation, workload: running }, '', identity)).toMatchObject({ strikes: 2, health: 'healthy', term: 0 })
    expect(deriveObserved({ ...situation, workload: undefined }, '', identity)).not.toHaveProperty('health')
    expect(deriveObserved({ ...situation, local, workload: undefined }, '', identity)).not.toHaveProperty('strikes')
  })
})
