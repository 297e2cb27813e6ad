import { silentLogger } from '@oakestra/base'
import { VirtualClock } from '@oakestra/base/testing'
import type { Candidate, PlacementRequest } from '@oakestra/scheduler'
import { createExternalScheduler, type ExternalSchedulerOptions } from '../external-scheduler.ts'

export const request: PlacementRequest = {
  tier: 'cluster',
  virtualization: 'container',
  architectures: [],
  resources: { memoryMiB: 100, vcpus: 1, vgpus: 0, storageMiB: 0 },
  constraints: [],
}

export function nodeOf(id: string, memoryFreeMiB = 4000): Candidate {
  const room = { vcpusTotal: 4, vcpusFree: 64, memoryFreeMiB, vgpusFree: 0, storageFreeMiB: 10_000 }
  return { id, name: `node-${id}`, active: true, slots: [{ architecture: 'amd64', virtualizations: ['container'], ...room }] }
}

export const nodes = [nodeOf('a'), nodeOf('b', 9000), nodeOf('c', 10)]

/** A client whose questions are answered by a function, on a clock of its own. */
export function clientOf(fetch: (url: string, init: RequestInit) => Promise<Response>, options: Partial<ExternalSchedulerOptions> = {}) {
  const clock = new VirtualClock()
  const scheduler = createExternalScheduler({ url: 'http://127.0.0.1:9000/place', fetch, clock, logger: silentLogger, ...options })
  const choose = (signal = new AbortController().signal) => scheduler.choose(request, nodes, 'bestCpuMemFit', signal)
  return { clock, scheduler, choose }
}

export const answering =
  (body: unknown, status = 200) =>
  () =>
    Promise.resolve(Response.json(body, { status }))
