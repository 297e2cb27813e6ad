import { parseArgs } from 'node:util'
import {
  type Candidate,
  createCandidateIndex,
  type PlacementRequest,
  type PlacementResult,
  POLICIES,
  type PolicyName,
  place,
} from '@oakestra/scheduler'

/**
 * Measures `place()` over nodes with one slot each: JSON lines on stdout, a table on stderr
 * (median, 99th percentile, longest, processor time; in milliseconds).
 * Run with `node --import tsx bench/place.ts [--rounds 500] [--nodes 100,1000,10000]`.
 */
interface Result {
  readonly bench: 'place'
  readonly form: 'list' | 'index'
  readonly request: RequestName
  readonly outcome: 'placed' | 'rejected'
  readonly policy: PolicyName
  readonly candidates: number
  readonly rounds: number
  readonly medianMs: number
  readonly p99Ms: number
  readonly maxMs: number
  /** Mean processor time of one round: on a machine with other work, the number to compare. */
  readonly processorMs: number
}

const ARCHITECTURES = ['amd64', 'arm64', 'riscv64']

/** Mixed machines all over Europe, some busy, some gone: parsed from JSON, as they are when they come from a store. */
function nodes(count: number): Candidate[] {
  const made = Array.from({ length: count }, (_, index) => {
    const vcpus = 2 ** (index % 5)
    const slot = {
      architecture: ARCHITECTURES[index % 3],
      virtualizations: index % 4 === 0 ? ['container', 'unikernel'] : ['container'],
      vcpusTotal: vcpus,
      vcpusFree: vcpus * 16 - ((index * 7) % 11),
      memoryFreeMiB: 256 + ((index * 7919) % 32768),
      vgpusFree: index % 50 === 0 ? 1 : 0,
      storageFreeMiB: 20_000,
      labels: [`zone=z${index % 20}`, `disk=${index % 2 === 0 ? 'ssd' : 'hdd'}`],
      addons: index % 4 === 0 ? ['imager'] : [],
      csiDrivers: ['nfs.csi.k8s.io'],
    }
    const where = {
      areas: [{ lat: 36 + ((index * 31) % 2400) / 100, lon: -10 + ((index * 17) % 4000) / 100, radiusKm: 0 }],
      coordinates: { position: [index % 97, index % 41, index % 13], heightMs: 1 + (index % 5), error: 0.2 },
    }
    const usedPorts = index % 10 === 0 ? [{ hostPort: 8080, protocol: 'tcp' }] : []
    const id = index.toString(16).padStart(24, '0')
    return { id, name: `node-${index}`, active: index % 20 !== 0, slots: [slot], usedPorts, ...where }
  })
  return JSON.parse(JSON.stringify(made)) as Candidate[]
}

const FITTING: PlacementRequest = {
  tier: 'cluster',
  virtualization: 'container',
  architectures: ['amd64', 'arm64'],
  resources: { vcpus: 1, memoryMiB: 512, vgpus: 0, storageMiB: 100 },
  ports: [{ hostPort: 8080, containerPort: 80, protocol: 'tcp' }],
  constraints: [],
}

/** What is asked for, from little to everything. */
const REQUESTS = {
  plain: FITTING,
  labels: {
    ...FITTING,
    constraints: [
      { type: 'labels', needs: ['zone=z8', 'disk=ssd'] },
      { type: 'addons', needs: ['imager'] },
    ],
    architectures: [],
    volumes: [{ csiDriver: 'nfs.csi.k8s.io' }],
  },
  geo: { ...FITTING, constraints: [{ type: 'geo', location: '48.14,11.58', thresholdKm: 1500 }] },
  latency: {
    ...FITTING,
    constraints: [{ type: 'latency', area: 'db', thresholdMs: 60 }],
    serviceCoordinates: { db: [{ position: [10, 10, 10], heightMs: 2, error: 0.1 }] },
  },
  'too large': { ...FITTING, resources: { ...FITTING.resources, memoryMiB: 9_000_000 } },
} as const satisfies Readonly<Record<string, PlacementRequest>>

type RequestName = keyof typeof REQUESTS

/** What stays the same from one placement to the next. */
interface Case {
  readonly form: Result['form']
  readonly request: RequestName
  readonly policy: PolicyName
  readonly candidates: number
  readonly placeOnce: () => PlacementResult
}

function measure({ placeOnce, ...described }: Case, rounds: number): Result {
  const times = new Float64Array(rounds)
  let isPlaced = false
  // The compiler warms up.
  for (let round = 0; round < rounds / 10; round += 1) isPlaced = placeOnce().ok
  const before = process.cpuUsage()
  for (let round = 0; round < rounds; round += 1) {
    const startMs = performance.now()
    placeOnce()
    times[round] = performance.now() - startMs
  }
  const { user, system } = process.cpuUsage(before)
  times.sort()
  const at = (share: number) => rounded(times[Math.min(rounds - 1, Math.floor(rounds * share))] ?? 0)
  const outcome = isPlaced ? 'placed' : 'rejected'
  const processorMs = rounded((user + system) / 1000 / rounds)
  return { bench: 'place', ...described, outcome, rounds, medianMs: at(0.5), p99Ms: at(0.99), maxMs: at(1), processorMs }
}

function rounded(ms: number): number {
  return Math.round(ms * 10_000) / 10_000
}

function main(): void {
  const { values } = parseArgs({
    options: { rounds: { type: 'string', default: '500' }, nodes: { type: 'string', default: '100,1000,10000' } },
  })
  const results: Result[] = []
  for (const count of values.nodes.split(',').map(Number)) {
    const candidates = nodes(count)
    const index = createCandidateIndex(candidates)
    for (const policy of Object.keys(POLICIES) as PolicyName[]) {
      for (const [name, request] of Object.entries(REQUESTS) as [RequestName, PlacementRequest][]) {
        const described = { request: name, policy, candidates: count }
        results.push(measure({ ...described, form: 'list', placeOnce: () => place(request, candidates, policy) }, Number(values.rounds)))
        results.push(measure({ ...described, form: 'index', placeOnce: () => index.place(request, policy) }, Number(values.rounds)))
      }
    }
  }
  for (const result of results) process.stdout.write(`${JSON.stringify(result)}\n`)
  for (const { candidates, form, policy, request, outcome, medianMs, p99Ms, maxMs, processorMs } of results) {
    const cells = [
      String(candidates).padStart(6),
      form.padEnd(5),
      policy.padEnd(13),
      request.padEnd(9),
      outcome.padEnd(9),
      ...[medianMs, p99Ms, maxMs, processorMs].map((ms) => ms.toFixed(3).padStart(9)),
    ]
    process.stderr.write(`${cells.join(' ')}\n`)
  }
}

main()
