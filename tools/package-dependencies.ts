/** What a package may import of ours, and why it may not import more. */
interface PackageRule {
  readonly allowed: readonly string[]
  /** Said when a test finds a dependency that is not listed. */
  readonly because: string
}

const pure = 'it is pure: what it decides must follow from what it is given'

/** Every arrow between our packages. A new one is a decision: add it here with its reason, or find another way. */
export const PACKAGE_DEPENDENCIES: Readonly<Record<string, PackageRule>> = {
  base: { allowed: [], because: 'everything stands on it' },
  sla: { allowed: ['base'], because: 'a descriptor means the same wherever it is read' },
  model: { allowed: ['base', 'sla'], because: pure },
  wire: { allowed: ['base', 'model', 'sla'], because: 'it only translates; who sends is none of its business' },
  scheduler: { allowed: ['base', 'model', 'sla'], because: pure },
  'external-scheduler': { allowed: ['base', 'model', 'scheduler'], because: 'it asks others to choose and knows no tier' },
  store: { allowed: ['base'], because: 'it keeps documents and does not know what they mean' },
  controller: { allowed: ['base'], because: 'it runs any reconciler and knows none' },
  pki: { allowed: ['base', 'store'], because: 'identities serve every tier alike' },
  session: {
    allowed: ['base', 'store', 'wire', 'pki', 'model'],
    because: 'both hops use it: it must know neither root nor cluster nor node',
  },
  runtime: { allowed: ['base', 'model'], because: 'it runs workloads on one machine and knows no tier' },
  dns: { allowed: ['base'], because: 'it answers names out of what it is given, and knows neither tables nor tiers' },
  net: { allowed: ['base', 'model', 'sla'], because: 'it configures one machine and knows no tier' },
  'api-client': { allowed: ['base'], because: 'whoever speaks to root speaks through it, a page in a browser too' },
  observability: { allowed: ['base', 'store'], because: 'it keeps numbers, lines and alerts of any role and knows none' },
  root: {
    allowed: ['base', 'sla', 'model', 'wire', 'store', 'controller', 'scheduler', 'session', 'pki'],
    because: 'tiers meet on the wire only; only a node touches its machine',
  },
  cluster: {
    allowed: ['base', 'sla', 'model', 'wire', 'store', 'controller', 'scheduler', 'session', 'pki'],
    because: 'tiers meet on the wire only; only a node touches its machine',
  },
  node: {
    allowed: ['base', 'sla', 'model', 'wire', 'store', 'controller', 'session', 'pki', 'runtime', 'net', 'dns'],
    because: 'tiers meet on the wire only; placement is decided above',
  },
  testkit: {
    allowed: [
      'base',
      'sla',
      'model',
      'wire',
      'store',
      'controller',
      'scheduler',
      'session',
      'pki',
      'runtime',
      'net',
      'root',
      'cluster',
      'node',
    ],
    because: 'it puts the whole system together for tests, and nothing that is shipped imports it',
  },
  dashboard: { allowed: ['api-client', 'base', 'model', 'sla'], because: 'it is a page: it reads and asks through the API' },
  oak: {
    allowed: [
      'base',
      'sla',
      'model',
      'wire',
      'scheduler',
      'external-scheduler',
      'api-client',
      'observability',
      'dns',
      'store',
      'session',
      'pki',
      'runtime',
      'net',
      'root',
      'cluster',
      'node',
    ],
    because: 'it composes what is shipped; fakes are not',
  },
}

/** Packages whose product code does no input, output or timing: no Node built-in that could. */
export const PURE_PACKAGES = ['sla', 'model', 'scheduler', 'wire'] as const

/** The only places that start processes or call native code, always with an argument list. */
export const MAY_SPAWN: readonly { readonly place: string; readonly because: string }[] = [
  { place: 'packages/runtime/', because: 'containers and containerd itself are processes' },
  { place: 'packages/net/src/kernel/', because: 'the kernel is reached through libraries, with commands as fallback' },
  { place: 'packages/net/src/testing/', because: 'tests make machines out of network namespaces' },
  { place: 'apps/oak/src/daemon/', because: 'a daemon in the background is a process' },
  { place: 'packages/testkit/src/simulator/', because: 'seeds are played on every core' },
  { place: 'packages/testkit/src/scale/', because: 'a system too large for one core is played on two' },
  { place: 'packages/testkit/src/fork-beside.ts', because: 'it starts both' },
  { place: 'images/', because: 'images are built from programs of this machine' },
  { place: 'tools/', because: 'they run compilers and linters' },
  { place: 'bench/', because: 'it measures the built program' },
  { place: 'e2e/', because: 'it uses the built program' },
]
