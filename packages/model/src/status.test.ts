import { describe, expect, it } from 'vitest'
import type { ObservedInstance, Rejection } from './instance.ts'
import { instanceStatus, type StatusFacts, serviceStatus } from './status.ts'

const observed = (state: ObservedInstance['state'], changes: Partial<ObservedInstance> = {}): ObservedInstance => ({
  instanceId: 'i',
  revision: 1,
  state,
  detail: 'why',
  restarts: 0,
  ...changes,
})
const rejection: Rejection = { word: 'NoActiveClusterWithCapacity', detail: 'too little memory', candidates: [] }

describe('the status of an instance', () => {
  it.each<[string, StatusFacts, string, string]>([
    ['waits for a decision', { removing: false }, 'REQUESTED', 'Waiting for scheduling decision'],
    ['was refused by root', { removing: false, rejection }, 'NoActiveClusterWithCapacity', 'too little memory'],
    ['has a cluster', { removing: false, clusterId: 'c' }, 'CLUSTER_SCHEDULED', 'waiting for the cluster'],
    ['has no node yet', { removing: false, clusterId: 'c', observed: observed('unplaced') }, 'CLUSTER_SCHEDULED', 'why'],
    [
      'was refused by its cluster',
      { removing: false, clusterId: 'c', observed: observed('unplaced', { rejection: { ...rejection, word: 'NO_WORKER_CAPACITY' } }) },
      'NO_WORKER_CAPACITY',
      'too little memory',
    ],
    ['has a node', { removing: false, clusterId: 'c', observed: observed('node-scheduled') }, 'NODE_SCHEDULED', 'why'],
    ['is being made', { removing: false, clusterId: 'c', observed: observed('creating') }, 'CREATING', 'why'],
    ['runs', { removing: false, clusterId: 'c', observed: observed('running') }, 'RUNNING', 'why'],
    ['completed', { removing: false, clusterId: 'c', observed: observed('completed') }, 'COMPLETED', 'why'],
    ['failed', { removing: false, clusterId: 'c', observed: observed('failed') }, 'FAILED', 'why'],
    ['ended', { removing: false, clusterId: 'c', observed: observed('dead') }, 'DEAD', 'why'],
    ['is being removed, whatever it was', { removing: true, clusterId: 'c', observed: observed('running') }, 'UNDEPLOYED', 'being removed'],
    [
      'keeps its word while its cluster is away',
      { removing: false, clusterId: 'c', observed: observed('running'), away: { clusterName: 'c1', silentMs: 40_900 } },
      'RUNNING',
      'the cluster c1 has not been heard of for 40 s',
    ],
    [
      'stays with a lost cluster when nobody else takes it',
      { removing: false, clusterId: 'c', observed: observed('running'), away: { clusterName: 'c1', silentMs: 600_000 }, rejection },
      'RUNNING',
      'the cluster c1 has not been heard of for 10 min; no other place for it: too little memory',
    ],
    [
      'waits for a cluster that is away to remove it',
      { removing: true, clusterId: 'c', away: { clusterName: 'c1', silentMs: 3 * 3_600_000 } },
      'UNDEPLOYED',
      'being removed; the cluster c1 has not been heard of for 3 h',
    ],
    [
      'is moved',
      { removing: false, clusterId: 'c', observed: observed('running'), leaving: { reason: 'its cluster is being removed' } },
      'RUNNING',
      'it leaves its place: its cluster is being removed',
    ],
  ])('%s', (_name, facts, word, detail) => {
    expect(instanceStatus(facts)).toEqual({ word, detail })
  })
})

describe('the status of a service', () => {
  const view = (word: 'RUNNING' | 'COMPLETED' | 'FAILED' | 'UNDEPLOYED') => ({ word, detail: word })

  it('is that of the first instance that is not where it should be', () => {
    expect(serviceStatus([view('RUNNING'), view('FAILED'), view('COMPLETED')])?.word).toBe('FAILED')
    expect(serviceStatus([view('RUNNING'), view('UNDEPLOYED')])?.word).toBe('RUNNING')
  })

  it('is absent without instances', () => {
    expect(serviceStatus([])).toBeUndefined()
    expect(serviceStatus([view('UNDEPLOYED')])).toBeUndefined()
  })
})
