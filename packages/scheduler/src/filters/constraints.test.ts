import { describe, expect, it } from 'vitest'
import { place } from '../place.ts'
import type { Candidate, Constraint, PlacementRequest } from '../placement.ts'
import { candidateOf, requestOf, slotOf } from '../testing/samples.ts'

/** What speaks against the only candidate; empty when it was taken. */
function reasonsAgainst(candidate: Candidate, request: PlacementRequest): readonly string[] {
  const result = place(request, [candidate])
  return result.ok ? [] : (result.rejection.candidates[0]?.reasons ?? [])
}
const withRule = (...constraints: Constraint[]) => requestOf({ constraints })
const at = (lat: number, lon: number, radiusKm = 0): Partial<Candidate> => ({ areas: [{ lat, lon, radiusKm }] })
const node = (changes: Partial<Candidate>) => candidateOf('n', [slotOf()], changes)
const carrying = (words: Parameters<typeof slotOf>[0], changes: Partial<Candidate> = {}) => candidateOf('n', [slotOf(words)], changes)

describe('labels', () => {
  const request = withRule({ type: 'labels', needs: ['gpu=yes', 'zone=a'] })

  it('must all be carried, by the node or by all of its cluster', () => {
    expect(reasonsAgainst(carrying({ labels: ['zone=a', 'gpu=yes', 'x=y'] }), request)).toEqual([])
    expect(reasonsAgainst(carrying({ labels: ['gpu=yes'] }, { labels: ['zone=a'] }), request)).toEqual([])
  })

  it('are named with what is carried instead', () => {
    const reason = 'needs the labels gpu=yes, zone=a, carried are disk=ssd, zone=a'
    expect(reasonsAgainst(carrying({ labels: ['zone=a'] }, { labels: ['disk=ssd'] }), request)).toEqual([reason])
    expect(reasonsAgainst(carrying({}), request)).toEqual(['needs the labels gpu=yes, zone=a, carried are none'])
  })

  it('must be on one node, not on several together', () => {
    const cluster = candidateOf('c', [slotOf({ labels: ['gpu=yes'] }), slotOf({ labels: ['zone=a'] })])
    expect(place({ ...request, tier: 'root' }, [cluster]).ok).toBe(false)
  })

  it('are compared as a whole, with letters as they are', () => {
    expect(reasonsAgainst(carrying({ labels: ['gpu=yes', 'zone=A', 'zone=ab'] }), request)).not.toEqual([])
  })
})

describe('add-ons', () => {
  const request = withRule({ type: 'addons', needs: ['imager'] }, { type: 'addons', needs: ['flops'] })

  it('must all be there', () => {
    expect(reasonsAgainst(carrying({ addons: ['flops', 'imager'] }), request)).toEqual([])
    expect(reasonsAgainst(carrying({ addons: ['flops'] }), request)).toEqual(['needs the add-ons flops, imager, offered are flops'])
    expect(reasonsAgainst(carrying({}), request)).toEqual(['needs the add-ons flops, imager, offered are none'])
  })
})

describe('volume drivers', () => {
  const wanting = (...drivers: string[]) => requestOf({ volumes: drivers.map((csiDriver) => ({ csiDriver })) })

  it('must all answer on the node', () => {
    expect(reasonsAgainst(carrying({ csiDrivers: ['nfs', 'ceph'] }), wanting('nfs', 'nfs'))).toEqual([])
    expect(reasonsAgainst(carrying({ csiDrivers: ['ceph'] }), wanting('nfs'))).toEqual(['needs the volume drivers nfs, offered are ceph'])
  })

  it('are not had by a node that lists none', () => {
    expect(reasonsAgainst(carrying({}), wanting('nfs'))).toEqual(['needs the volume drivers nfs, offered are none'])
  })

  it('are not needed for directories of the machine', () => {
    expect(reasonsAgainst(carrying({}), wanting('csi.oakestra.io/hostpath'))).toEqual([])
  })
})

describe('a geo constraint', () => {
  const near = (location: string, thresholdKm: number) => withRule({ type: 'geo', location, thresholdKm })

  it('takes what is within its distance, whichever way the place is written', () => {
    for (const location of ['48.14,11.58', '11.58;48.14', ' 48.14 , 11.58 ', '48.14,11.58,1000']) {
      expect(reasonsAgainst(node(at(48.25, 11.65)), near(location, 20))).toEqual([])
    }
  })

  it('says how far it is', () => {
    expect(reasonsAgainst(node(at(52.52, 13.405)), near('48.14,11.58', 100))).toEqual([
      'is 504 km away from 48.14,11.58, a geo constraint allows 100 km',
    ])
  })

  it('measures to the edge of an area, and to the nearest of several', () => {
    expect(reasonsAgainst(node(at(52.52, 13.405, 450)), near('48.14,11.58', 100))).toEqual([])
    const areas = [...(at(52.52, 13.405).areas ?? []), ...(at(48.2, 11.6).areas ?? [])]
    expect(reasonsAgainst(node({ areas }), near('48.14,11.58', 100))).toEqual([])
  })

  it('measures across the date line', () => {
    expect(reasonsAgainst(node(at(-17, 179.9)), near('-17,-179.9', 30))).toEqual([])
  })

  it('refuses who does not say where it is', () => {
    const reason = 'does not say where it is, and a geo constraint asks for 100 km from 48.14,11.58'
    expect(reasonsAgainst(node({}), near('48.14,11.58', 100))).toEqual([reason])
    expect(reasonsAgainst(node({ areas: [] }), near('48.14,11.58', 100))).toEqual([reason])
  })

  it('may name an area that the operator knows', () => {
    const request = { ...near('munich', 20), knownAreas: { munich: { lat: 48.14, lon: 11.58 } } }
    expect(reasonsAgainst(node(at(48.25, 11.65)), request)).toEqual([])
  })

  it.each(['moon', 'toString', '91,0', '48.14', '1,2,3,4', '48.14,11.58,-1', '', 'a;b'])(
    'refuses everybody for the place %j',
    (location) => {
      expect(reasonsAgainst(node(at(48, 11)), near(location, 100))).toEqual([
        `cannot be compared with the place ${location} of a geo constraint: it is neither coordinates (lat,lon or lon;lat) nor a name that is known here`,
      ])
    },
  )
})

describe('a latency constraint', () => {
  const within = (area: string, thresholdMs: number) => withRule({ type: 'latency', area, thresholdMs })
  const settled = { position: [0, 0, 0], heightMs: 1, error: 0.1 }
  const toDb = (thresholdMs: number): PlacementRequest => ({
    ...within('db', thresholdMs),
    serviceAreas: { db: [{ lat: 48.14, lon: 11.58, radiusKm: 0 }] },
    serviceCoordinates: { db: [{ position: [30, 40, 0], heightMs: 2, error: 0.1 }] },
  })

  it('estimates from the distance to a place: 2 ms and 1.5 ms for each 100 km', () => {
    expect(reasonsAgainst(node(at(52.52, 13.405)), within('48.14,11.58', 10))).toEqual([])
    expect(reasonsAgainst(node(at(52.52, 13.405)), within('48.14,11.58', 9))).toEqual([
      'is about 10 ms away from 48.14,11.58 (estimated from the distance of 504 km), a latency constraint allows 9 ms',
    ])
  })

  it('estimates to a service by network coordinates when both ends have them', () => {
    expect(reasonsAgainst(node({ coordinates: settled }), toDb(53))).toEqual([])
    expect(reasonsAgainst(node({ coordinates: settled, ...at(48.14, 11.58) }), toDb(20))).toEqual([
      'is about 53 ms away from db (by network coordinates), a latency constraint allows 20 ms',
    ])
  })

  it('goes by distance while the coordinates of one end are a guess', () => {
    const fresh = { coordinates: { ...settled, error: 1 }, ...at(48.14, 11.58) }
    expect(reasonsAgainst(node(fresh), toDb(5))).toEqual([])
  })

  it('is met by the nearest instance of a service', () => {
    const far = { position: [900, 0, 0], heightMs: 1, error: 0.1 }
    const request = { ...within('db', 10), serviceCoordinates: { db: [far, settled] } }
    expect(reasonsAgainst(node({ coordinates: settled }), request)).toEqual([])
  })

  it('refuses who does not say where it is', () => {
    expect(reasonsAgainst(node({}), within('48.14,11.58', 10))).toEqual([
      'does not say where it is, and a latency constraint asks for 10 ms from 48.14,11.58',
    ])
    const request = { ...within('db', 10), serviceCoordinates: { db: [settled] } }
    expect(reasonsAgainst(node(at(48, 11)), request)).toEqual([
      'shares no kind of place with db: it has a location only, and a latency constraint asks for 10 ms from db',
    ])
  })

  it('refuses everybody while the service is nowhere, or unknown', () => {
    expect(reasonsAgainst(node({ coordinates: settled }), { ...within('db', 10), serviceAreas: { db: [] } })).toEqual([
      'cannot be compared with db of a latency constraint: none of its instances has a known place yet',
    ])
    expect(reasonsAgainst(node({ coordinates: settled }), within('db', 10))).toEqual([
      'cannot be compared with db of a latency constraint: it is neither coordinates (lat,lon or lon;lat) nor a name that is known here',
    ])
  })
})

describe('nodes that a direct constraint names', () => {
  const direct = (nodes: string[], cluster?: string) =>
    requestOf({ tier: 'root', constraints: [{ type: 'direct', nodes, ...(cluster === undefined ? {} : { cluster }) }] })

  it('are looked for at root among the names that a cluster tells', () => {
    expect(reasonsAgainst(node({ nodeNames: ['n1', 'n2'] }), direct(['n2', 'n3']))).toEqual([])
    expect(reasonsAgainst(node({ nodeNames: ['n1'] }), direct(['n2', 'n3']))).toEqual([
      'has none of the nodes n2, n3 that a direct constraint names',
    ])
  })

  it('are left to the cluster when it does not tell names, but only when the cluster is named too', () => {
    expect(reasonsAgainst(node({}), direct(['n2'], 'n'))).toEqual([])
    expect(reasonsAgainst(node({}), direct(['n2']))).toEqual([
      'does not tell the names of its nodes: name the cluster as well in the direct constraint',
    ])
  })

  it('are the only ones at a cluster', () => {
    const request = { ...direct(['n2']), tier: 'cluster' } as const
    expect(reasonsAgainst(candidateOf('n1'), request)).toEqual(['is not among the nodes n2 that a direct constraint names'])
    expect(reasonsAgainst(candidateOf('n2'), request)).toEqual([])
  })
})

describe('what gets nothing new', () => {
  it('is cordoned, or avoided for a reason', () => {
    expect(reasonsAgainst(node({ cordoned: true }), requestOf())).toEqual(['is cordoned: an operator wants nothing new on it'])
    const avoid = new Map([['n', 'it failed there five times']])
    expect(reasonsAgainst(node({}), requestOf({ avoid }))).toEqual(['is avoided: it failed there five times'])
    expect(reasonsAgainst(candidateOf('m'), requestOf({ avoid }))).toEqual([])
  })

  it('is counted by what speaks against it', () => {
    const nodes = [candidateOf('a', [slotOf()], { cordoned: true }), candidateOf('b'), candidateOf('c', [slotOf()], at(52, 13))]
    const result = place({ ...withRule({ type: 'geo', location: '48,11', thresholdKm: 5 }), avoid: new Map([['b', 'x']]) }, nodes)
    expect(result).toMatchObject({
      rejection: { detail: 'none of 3 nodes can take it: 1 cordoned; 1 avoided; 1 not known to be within 5 km of 48,11' },
    })
  })
})
