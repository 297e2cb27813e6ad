import { addressRules } from './address-rules.ts'
import type { Violation } from './descriptor.ts'
import { isLabel, LABEL_EXPECTED } from './labels.ts'
import { type Bag, isBag, violation } from './raw.ts'
import { type Path, pathText } from './violations.ts'

/** Words that `virtualization` may hold whether or not a node offers them today. `reference/orchestration.md` 3.4. */
const KNOWN_RUNTIMES: ReadonlySet<string> = new Set([
  'container',
  'docker',
  'unikernel',
  'vm',
  'crosvm',
  'firecracker',
  'wasm',
  'runc',
  'crun',
  'youki',
  'runsc',
  'kata',
])

export interface ParseOptions {
  /** Further words for `virtualization`, such as those that connected nodes offer. */
  readonly runtimes?: ReadonlySet<string>
}

/**
 * Rules that look at several fields at once. They read the raw document, so that they report beside the schema's
 * violations, not only once those are mended.
 */
export function serviceRules(service: unknown, path: Path, options: ParseOptions): readonly Violation[] {
  if (!isBag(service)) return []
  return [
    ...codeRule(service, path),
    ...runtimeRule(service, path, options),
    ...unikernelRule(service, path),
    ...addressRules(service['addresses'], [...path, 'addresses']),
    ...probeRule(service, path),
    ...labelRule(service, path),
  ]
}

/** A health check asks in one way. */
function probeRule(service: Bag, path: Path): readonly Violation[] {
  const check = service['health_check']
  if (!isBag(check)) return []
  const given = ['http', 'tcp', 'command'].filter((kind) => check[kind] !== undefined && check[kind] !== null)
  if (given.length === 1) return []
  const found = given.length === 0 ? 'none of them' : given.join(' and ')
  return [{ path: pathText([...path, 'health_check']), expected: 'exactly one of http, tcp and command', found }]
}

function labelRule(service: Bag, path: Path): readonly Violation[] {
  const constraints = Array.isArray(service['constraints']) ? service['constraints'] : []
  return constraints.flatMap((constraint: unknown, index) => {
    if (!isBag(constraint) || constraint['type'] !== 'labels' || !Array.isArray(constraint['needs'])) return []
    return constraint['needs'].flatMap((need: unknown, at) =>
      typeof need !== 'string' || need.trim() === '' || isLabel(need.trim())
        ? []
        : [violation([...path, 'constraints', index, 'needs', at], LABEL_EXPECTED, need)],
    )
  })
}

function codeRule(service: Bag, path: Path): readonly Violation[] {
  const spellings = [service['code'], service['image']]
  if (spellings.some((value) => value !== undefined && value !== null && value !== '')) return []
  return [violation([...path, 'code'], 'an image reference or the URL of an archive', service['code'])]
}

function runtimeRule(service: Bag, path: Path, options: ParseOptions): readonly Violation[] {
  const word = service['virtualization']
  if (typeof word !== 'string' || word === '' || KNOWN_RUNTIMES.has(word) || options.runtimes?.has(word)) return []
  if (/^io\.containerd\.[a-z0-9.-]{1,60}$/.test(word)) return []
  const known = [...KNOWN_RUNTIMES].join(', ')
  return [violation([...path, 'virtualization'], `one of ${known}, or a runtime that a connected node offers`, word)]
}

function unikernelRule(service: Bag, path: Path): readonly Violation[] {
  if (service['virtualization'] !== 'unikernel') return []
  const arch = service['arch']
  if (Array.isArray(arch) && arch.some((word) => word !== '')) return []
  return [violation([...path, 'arch'], 'the architectures the unikernel was built for, for example ["amd64"]', arch)]
}

/** Two services of one application must differ in name or namespace. */
export function uniqueNames(services: unknown, path: Path): readonly Violation[] {
  if (!Array.isArray(services)) return []
  const seen = new Set<string>()
  const violations: Violation[] = []
  for (const [index, service] of services.entries()) {
    const { microservice_name: name, microservice_namespace: namespace } = isBag(service) ? service : {}
    if (typeof name !== 'string' || typeof namespace !== 'string') continue
    const both = `${name}.${namespace}`
    if (seen.has(both)) violations.push(violation([...path, index, 'microservice_name'], 'a name that no other service here has', both))
    seen.add(both)
  }
  return violations
}
