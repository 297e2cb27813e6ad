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
 * Measures `place()` over nodes with one slot each: JSON lines on stdout, a table on stderr.
 * Run with `node --import tsx bench/place.ts [--rounds 2000]`.
 */
interface Result {
  readonly bench: 'place'
  readonly form: 'list' | 'index'
  readonly outcome: 'placed' | 'rejected'
  readonly policy: PolicyName
  readonly candidates: number
  readonly rounds: number
  readonly medianMs: number
  readonly p99Ms: number
  readonly maxMs: number
}

const ARCHITECTURES = ['amd64', 'arm64', 'riscv64']

/** Mixed machines, some busy, some gone: parsed from JSON, as they are when they come from a store. */
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
    }
    const usedPorts = index % 10 === 0 ? [{ hostPort: 8080, protocol: 'tcp' }] : []
    return { id: index.toString(16).padStart(24, '0'), name: `node-${index}`, active: index % 20 !== 0, slots: [slot], usedPorts }
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
const TOO_LARGE: PlacementRequest = { ...FITTING, resources: { ...FITTING.resources, memoryMiB: 9_000_000 } }

/** What stays the same from one placement to the next. */
interface Case {
  readonly form: Result['form']
  readonly policy: PolicyName
  readonly candidates: number
  readonly placeOnce: () => PlacementResult
}

function measure({ placeOnce, ...described }: Case, rounds: number): Result {
  const times: number[] = []
  let isPlaced = false
  for (let round = -rounds / 10; round < rounds; round += 1) {
    const startMs = performance.now()
    isPlaced = placeOnce().ok
    // The first tenth lets the compiler warm up.
    if (round >= 0) times.push(performance.now() - startMs)
  }
  times.sort((a, b) => a - b)
  const at = (share: number) => Math.round((times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0) * 10_000) / 10_000
  const outcome = isPlaced ? 'placed' : 'rejected'
  return { bench: 'place', ...described, outcome, rounds, medianMs: at(0.5), p99Ms: at(0.99), maxMs: at(1) }
}

function main(): void {
  const { values } = parseArgs({ options: { rounds: { type: 'string', default: '2000' } } })
  const results: Result[] = []
  for (const count of [100, 1_000, 10_000]) {
    const candidates = nodes(count)
    const index = createCandidateIndex(candidates)
    for (const policy of Object.keys(POLICIES) as PolicyName[]) {
      for (const request of [FITTING, TOO_LARGE]) {
        const described = { policy, candidates: count }
        results.push(measure({ ...described, form: 'list', placeOnce: () => place(request, candidates, policy) }, Number(values.rounds)))
        results.push(measure({ ...described, form: 'index', placeOnce: () => index.place(request, policy) }, Number(values.rounds)))
      }
    }
  }
  for (const result of results) process.stdout.write(`${JSON.stringify(result)}\n`)
  for (const { candidates, form, policy, outcome, medianMs, p99Ms, maxMs } of results) {
    const cells = [
      String(candidates).padStart(6),
      form.padEnd(5),
      policy.padEnd(13),
      outcome.padEnd(9),
      ...[medianMs, p99Ms, maxMs].map((ms) => ms.toFixed(3).padStart(9)),
    ]
    process.stderr.write(`${cells.join(' ')}\n`)
  }
}

main()
