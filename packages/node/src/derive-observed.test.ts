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

function seen(situation: Partial<InstanceSituation>): string {
  const observed = deriveObserved({ spec, local, workload: undefined, nowMs: 0, ...situation }, 'image: downloading', identity)
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
    ['that it is being replaced', { spec: sampleSpec({ revision: 2 }), workload: running }, 'creating: replacing the older revision'],
  ])('%s', (_name, situation, expected) => {
    expect(seen(situation)).toBe(expected)
  })

  it('names the node and speaks of the revision that is wanted', () => {
    expect(deriveObserved({ spec: sampleSpec({ revision: 2 }), local, workload: running, nowMs: 0 }, '', identity)).toMatchObject({
      ...identity,
      revision: 2,
    })
  })
})
