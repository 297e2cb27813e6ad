import { openSqliteStore, type Store } from '@oakestra/store'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CLUSTER_COLLECTIONS, type Placement } from '../state.ts'
import { factsOf } from '../testing/sample-spec.ts'
import { Capacity, type View } from './capacity.ts'

let store: Store
let capacity: Capacity
const VIEW: View = { isHere: () => true }

beforeEach(async () => {
  store = await openSqliteStore({ file: ':memory:', collections: CLUSTER_COLLECTIONS })
  capacity = new Capacity(store, 16)
  await capacity.transact(async ({ putNode }) => {
    for (const id of ['n1', 'n2']) await putNode({ id, name: id, createdAtMs: 0, subnetV4: 'x', facts: factsOf(id) })
  })
})
afterEach(() => store[Symbol.asyncDispose]())

const placed = (instanceId: string, nodeId = 'n1', changes: Partial<Placement> = {}): Placement => ({
  instanceId,
  nodeId,
  serviceId: 'web',
  resources: { memoryMiB: 100, vcpus: 1, vgpus: 0, storageMiB: 0 },
  ports: [{ hostPort: 80, containerPort: 80, protocol: 'tcp' }],
  revision: 1,
  term: 0,
  placedAtMs: 0,
  ...changes,
})
const free = (view: View = VIEW) => capacity.candidates(view).map(({ slots }) => slots[0]?.memoryFreeMiB)
const ports = () => capacity.candidates(VIEW).map(({ usedPorts = [] }) => usedPorts.length)
const place = (placement: Placement) => capacity.transact((draft) => draft.place(placement))

describe('the room on nodes', () => {
  it('is promised at once: sections that share a commit see each other', async () => {
    const seen: (readonly (number | undefined)[])[] = []
    const section = (id: string) =>
      capacity.transact(async (draft) => {
        seen.push(free())
        await draft.place(placed(id))
      })
    await Promise.all([section('a'), section('b'), section('c')])
    expect(seen).toEqual([
      [1000, 1000],
      [900, 1000],
      [800, 1000],
    ])
    expect([free(), ports()]).toEqual([
      [700, 1000],
      [3, 0],
    ])
  })

  it('is as before when the section that promised it failed', async () => {
    await place(placed('a'))
    const failing = capacity.transact(async (draft) => {
      await draft.place(placed('b'))
      await draft.release('a')
      await draft.removeNode('n2')
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    await capacity.transact(async () => expect(free()).toEqual([900, 1000]))
  })

  it('is kept at both ends of a move, and seen without its own promises by the one that moves', async () => {
    await place(placed('a', 'n1', { departure: { cause: 'drain', reason: '', targetId: 'n2' } }))
    expect([free(), free({ ...VIEW, without: 'a' })]).toEqual([
      [900, 900],
      [1000, 1000],
    ])
    expect(capacity.placementsOn('n2')).toEqual([])
  })

  it('comes with the number of instances of a service, oneself not counted', async () => {
    for (const id of ['a', 'b']) await place(placed(id))
    const peers = (view: Partial<View>) => capacity.candidates({ ...VIEW, ...view }).map((candidate) => candidate.peers ?? 0)
    expect([peers({ serviceId: 'web' }), peers({ serviceId: 'web', without: 'a' }), peers({ serviceId: 'db' })]).toEqual([
      [2, 0],
      [1, 0],
      [0, 0],
    ])
  })

  it('is the same after a restart', async () => {
    await place(placed('a', 'n2'))
    const next = new Capacity(store, 16)
    await store.read((reader) => next.load(reader))
    expect(next.candidates(VIEW)).toEqual(capacity.candidates(VIEW))
  })

  it('tells when something may fit that did not, and not when something was taken', async () => {
    let grown = 0
    capacity.onGrown(() => {
      grown += 1
    })
    await place(placed('a'))
    expect(grown).toBe(0)
    await capacity.transact((draft) => draft.release('a'))
    expect(grown).toBe(1)
  })
})

it('takes a node that does not say where it is for a part of its cluster', async () => {
  const placedCluster = new Capacity(store, 16, '48.1,11.5,2000')
  await placedCluster.transact(async ({ putNode }) => {
    await putNode({ id: 'n1', name: 'n1', createdAtMs: 0, facts: { ...factsOf('n1'), location: { lat: 1, lon: 2 } } })
    await putNode({ id: 'n2', name: 'n2', createdAtMs: 0, facts: factsOf('n2') })
  })
  const areas = Object.fromEntries(placedCluster.candidates(VIEW).map(({ id, areas: own }) => [id, own]))
  expect(areas).toEqual({ n1: [{ lat: 1, lon: 2, radiusKm: 0 }], n2: [{ lat: 48.1, lon: 11.5, radiusKm: 2 }] })
  const silent = new Capacity(store, 16, 'the cellar')
  await silent.transact(({ putNode }) => putNode({ id: 'n2', name: 'n2', createdAtMs: 0, facts: factsOf('n2') }))
  expect(silent.candidates(VIEW).map(({ areas: own }) => own)).toEqual([[]])
})
