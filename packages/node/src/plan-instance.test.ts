import type { InstanceSpec } from '@oakestra/model'
import type { Workload } from '@oakestra/runtime'
import { describe, expect, it } from 'vitest'
import { type InstanceSituation, planInstance, type Step } from './plan-instance.ts'
import type { LocalInstance } from './state.ts'
import { sampleSpec } from './testing/sample-spec.ts'

const ID = sampleSpec().instanceId

const local = (changes: Partial<LocalInstance> = {}): LocalInstance => ({
  id: ID,
  spec: sampleSpec(),
  namespaceV4: '10.18.0.2',
  namespaceV6: 'fc00::2',
  attached: true,
  restarts: 0,
  strikes: 0,
  startedAtMs: 1,
  ...changes,
})
const workload = (state: Workload['state'], revision = 1): Workload => ({ id: ID, revision, state })
const running = workload({ state: 'running', pid: 7 })
const exited = (exitCode: number, outOfMemory = false) => workload({ state: 'exited', exitCode, outOfMemory, finishedAtMs: 0 })

function planned(situation: Partial<InstanceSituation>): string {
  return planInstance({ spec: undefined, local: undefined, workload: undefined, nowMs: 1000, ...situation })
    .map(sentence)
    .join(', ')
}

function sentence(step: Step): string {
  if (step.do === 'end') return `end as ${step.ending.state} (${step.ending.detail})`
  if (step.do === 'strike') return `strike (${step.detail})`
  return step.do
}

const oneShot: InstanceSpec = sampleSpec({ oneShot: true })

describe('the plan for an instance', () => {
  it.each<[string, Partial<InstanceSituation>, string]>([
    ['does nothing for nothing', {}, ''],
    ['brings up what is wanted', { spec: sampleSpec(), local: local({ attached: false }) }, 'ensure-image, attach, start'],
    [
      'starts again what was only created',
      { spec: sampleSpec(), local: local(), workload: workload({ state: 'created' }) },
      'ensure-image, attach, start',
    ],
    ['leaves alone what runs', { spec: sampleSpec(), local: local(), workload: running }, ''],
    [
      'notes the start of what runs',
      { spec: sampleSpec(), local: local({ trouble: { state: 'dead', detail: '' } }), workload: running },
      'note-start',
    ],
    ['attaches what runs without network', { spec: sampleSpec(), local: local({ attached: false }), workload: running }, 'attach'],
    ['waits for the time of the next start', { spec: sampleSpec(), local: local({ notBeforeMs: 2000 }) }, 'wait'],
    ['starts when that time is past', { spec: sampleSpec(), local: local({ notBeforeMs: 1000 }) }, 'ensure-image, attach, start'],
    [
      'notes that a service ended',
      { spec: sampleSpec(), local: local(), workload: exited(0) },
      'strike (exited with code 0), remove-workload, look-again',
    ],
    ['counts an end once', { spec: sampleSpec(), local: local({ countedExitMs: 0 }), workload: exited(0) }, 'remove-workload, look-again'],
    [
      'says when the kernel ended it for its memory',
      { spec: sampleSpec(), local: local(), workload: exited(137, true) },
      'strike (ended by the kernel for using more memory than its limit (exit code 137)), remove-workload, look-again',
    ],
    [
      'completes a one-shot',
      { spec: oneShot, local: local(), workload: exited(0) },
      'end as completed (exited with code 0), remove-workload, detach',
    ],
    [
      'fails a one-shot',
      { spec: oneShot, local: local(), workload: exited(3) },
      'end as failed (exited with code 3), remove-workload, detach',
    ],
    [
      'never starts a one-shot again',
      { spec: oneShot, local: local({ attached: false, ending: { state: 'completed', exitCode: 0, detail: '' } }) },
      '',
    ],
    [
      'finishes the clean-up of a one-shot that was interrupted',
      { spec: oneShot, local: local({ ending: { state: 'completed', exitCode: 0, detail: '' } }), workload: exited(0) },
      'remove-workload, detach',
    ],
    [
      'replaces an older revision',
      { spec: sampleSpec({ revision: 2 }), local: local(), workload: running },
      'stop, remove-workload, adopt-revision, look-again',
    ],
    ['removes what runs and is not wanted', { local: local(), workload: running }, 'stop, remove-workload, detach, forget'],
    ['removes what ended and is not wanted', { local: local(), workload: exited(1) }, 'remove-workload, detach, forget'],
    ['forgets what never came to be', { local: local({ attached: false }) }, 'remove-workload, detach, forget'],
    ['removes a workload that nobody remembers', { workload: running }, 'stop, remove-workload, forget'],
  ])('%s', (_name, situation, expected) => {
    expect(planned(situation)).toBe(expected)
  })
})
