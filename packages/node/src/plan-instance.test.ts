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
  return planInstance({
    spec: undefined,
    local: undefined,
    workload: undefined,
    waitMs: 0,
    ranMs: 0,
    silentMs: 0,
    startsInMs: 0,
    ...situation,
  })
    .map(sentence)
    .join(', ')
}

function sentence(step: Step): string {
  if (step.do === 'end') return `end as ${step.ending.state} (${step.ending.detail})`
  if (step.do === 'strike') return `${step.strike.isFirst ? 'first ' : ''}strike (${step.strike.detail})`
  if (step.do === 'wait') return `wait ${step.ms}`
  return step.do
}

const oneShot: InstanceSpec = sampleSpec({ oneShot: true })
const asked: InstanceSpec = sampleSpec({ restartsAsked: 2 })
const never: InstanceSpec = sampleSpec({ restart: { when: 'never' } })
const onFailure: InstanceSpec = sampleSpec({ restart: { when: 'on-failure' } })
const ending: InstanceSpec = sampleSpec({ disconnect: { action: 'stop', afterMs: 2_000, siteOnly: false } })
const isOf = (spec: InstanceSpec, changes: Partial<LocalInstance> = {}) => ({ spec, local: local({ spec, ...changes }) })
const startedUnder = (restartsAsked: number): Workload => ({ ...running, restartsAsked })
const unwell = { state: 'unhealthy', reason: 'no' } as const
const well = { state: 'healthy', reason: '' } as const

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
    ['waits for news of what does not run', { ...isOf(sampleSpec()), startsInMs: 300, waitMs: 700 }, 'wait 300'],
    ['waits for no news of what runs', { ...isOf(sampleSpec()), workload: running, startsInMs: 300 }, ''],
    ['waits for the time of the next start', { ...isOf(sampleSpec()), waitMs: 700 }, 'wait 700'],
    [
      'forgets strikes that were long before its end',
      { ...isOf(sampleSpec(), { strikes: 3 }), workload: exited(1), ranMs: 60_000 },
      'first strike (exited with code 1), remove-workload, look-again',
    ],
    ['waits until what runs has proven itself', { ...isOf(sampleSpec(), { strikes: 1 }), workload: running, ranMs: 20_000 }, 'wait 40000'],
    [
      'starts again what was asked to be, noted before it is stopped',
      { spec: asked, local: local(), workload: running },
      'adopt-restart, stop, remove-workload, look-again',
    ],
    [
      'finishes a restart that was noted',
      { ...isOf(asked, { startedUnder: 0 }), workload: startedUnder(1) },
      'stop, remove-workload, look-again',
    ],
    [
      'counts no end of what was being restarted',
      { ...isOf(asked, { startedUnder: 0 }), workload: exited(143) },
      'remove-workload, look-again',
    ],
    ['restarts nothing twice', { ...isOf(asked, { startedUnder: 2 }), workload: startedUnder(2) }, ''],
    ['leaves alone what runs when fewer restarts were asked for than it has seen', { ...isOf(asked), workload: startedUnder(3) }, ''],
    ['waits no longer for what is asked to be started again', { spec: asked, local: local(), waitMs: 700 }, 'adopt-restart, look-again'],
    ['never runs a one-shot twice', { ...isOf(sampleSpec({ oneShot: true, restartsAsked: 1 })), workload: running }, ''],
    [
      'starts nothing again that ended for good',
      { spec: asked, local: local({ attached: false, ending: { state: 'failed', exitCode: 1, detail: '' } }) },
      '',
    ],
    ['forgives what runs well', { ...isOf(sampleSpec(), { strikes: 1 }), workload: running, ranMs: 60_000 }, 'forgive'],
    [
      'forgives nothing to what is not healthy',
      { ...isOf(sampleSpec(), { strikes: 1 }), workload: running, ranMs: 60_000, health: { state: 'starting', reason: '' } },
      '',
    ],
    ['notes that it is healthy, once', { ...isOf(sampleSpec()), workload: running, health: well }, 'note-healthy'],
    ['notes no health twice', { ...isOf(sampleSpec(), { healthy: true }), workload: running, health: well }, ''],
    [
      'restarts what is not healthy',
      { ...isOf(sampleSpec()), workload: running, health: unwell },
      'strike (its health check failed: no), stop, remove-workload, look-again',
    ],
    [
      'finishes the end of what was found not healthy',
      { ...isOf(sampleSpec(), { doomedPid: 7 }), workload: running },
      'stop, remove-workload, look-again',
    ],
    ['leaves alone the process after it', { ...isOf(sampleSpec(), { doomedPid: 6 }), workload: running }, ''],
    ['counts that end once', { ...isOf(sampleSpec(), { doomedPid: 7 }), workload: exited(143) }, 'remove-workload, look-again'],
    [
      'ends what is not healthy and shall not be started again',
      { ...isOf(never), workload: running, health: unwell },
      'end as failed (its health check failed: no), stop, remove-workload, detach',
    ],
    [
      'ends what shall never be started again',
      { ...isOf(never), workload: exited(0) },
      'end as completed (exited with code 0), remove-workload, detach',
    ],
    ['says so when that failed', { ...isOf(never), workload: exited(2) }, 'end as failed (exited with code 2), remove-workload, detach'],
    [
      'completes what is started again on failure only',
      { ...isOf(onFailure), workload: exited(0) },
      'end as completed (exited with code 0), remove-workload, detach',
    ],
    [
      'starts that again on failure',
      { ...isOf(onFailure), workload: exited(1) },
      'strike (exited with code 1), remove-workload, look-again',
    ],
    ['takes in other words about the same revision', { spec: sampleSpec({ term: 3 }), local: local(), workload: running }, 'adopt-spec'],
    ['bears silence', { ...isOf(ending), workload: running, silentMs: 1_999 }, ''],
    ['ends after too much silence', { ...isOf(ending), workload: running, silentMs: 2_000 }, 'stop, remove-workload, wait 10000'],
    ['stays ended while the silence lasts', { ...isOf(ending), silentMs: Number.POSITIVE_INFINITY }, 'wait 10000'],
    ['counts no end that was its own doing', { ...isOf(ending), workload: exited(143), silentMs: 9_000 }, 'remove-workload, wait 10000'],
    ['starts when the cluster is heard again', isOf(ending), 'ensure-image, attach, start'],
    ['bears any silence unless told otherwise', { ...isOf(sampleSpec()), workload: running, silentMs: Number.POSITIVE_INFINITY }, ''],
    [
      'completes a one-shot also in silence',
      { ...isOf({ ...ending, oneShot: true }), workload: exited(0), silentMs: 9_000 },
      'end as completed (exited with code 0), remove-workload, detach',
    ],
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
    ['completes a one-shot', { ...isOf(oneShot), workload: exited(0) }, 'end as completed (exited with code 0), remove-workload, detach'],
    ['fails a one-shot', { ...isOf(oneShot), workload: exited(3) }, 'end as failed (exited with code 3), remove-workload, detach'],
    [
      'never starts a one-shot again',
      { ...isOf(oneShot, { attached: false, ending: { state: 'completed', exitCode: 0, detail: '' } }) },
      '',
    ],
    [
      'finishes the clean-up of a one-shot that was interrupted',
      { ...isOf(oneShot, { ending: { state: 'completed', exitCode: 0, detail: '' } }), workload: exited(0) },
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
