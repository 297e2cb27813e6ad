import { POLICIES, POLICY_DEFAULT, parsePolicyName } from '@oakestra/scheduler'
import { z } from 'zod'
import { DEFAULT_DATA_DIR } from '../places.ts'
import { areas, labels, onOrOff, origins, place, words, yesOrNo } from './values.ts'

const port = z.coerce
  .number('expected a port number')
  .int('expected a port number')
  .min(0, 'a port is at least 0')
  .max(65_535, 'a port is at most 65535')
/** Absent: the usual one, or the next that is free. */
const portOrOff = z.union([z.literal('off'), port], 'expected a port number, or off').optional()
/** How many events root keeps, and how long. */
const events = z
  .strictObject({
    max: z.coerce
      .number('expected a number')
      .int('expected a whole number')
      .min(1_000, 'expected at least 1000')
      .max(2_000_000, 'expected at most 2000000')
      .default(100_000),
    days: z.coerce.number('expected days').min(1, 'expected at least 1').max(3_650, 'expected at most 3650').default(14),
  })
  .prefault({})
const host = z.string().min(1, 'expected an address')
const word = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/, 'expected 1 to 63 letters, digits, dots, dashes or underscores')

/** Where something listens. Port 0 takes any free one. */
const listener = (defaultPort: number, defaultHost = '0.0.0.0') =>
  z.strictObject({ host: host.default(defaultHost), port: port.default(defaultPort) }).prefault({})

/** Upstream's ports of it are 11011 and 11012; where nothing is said, only this machine is let in. */
const resourceAbstractor = { resourceAbstractorHost: host.default('127.0.0.1'), resourceAbstractorPort: port.optional() }

const endpoint = z
  .string()
  .regex(/^(\[[0-9a-fA-F:]+\]|[^:\s[\]]+):\d{1,5}$/, 'expected host:port, for example 192.0.2.7:50052 or [2001:db8::7]:50052')
  .transform((text) => {
    const colon = text.lastIndexOf(':')
    return { host: text.slice(0, colon).replaceAll(/[[\]]/g, ''), port: Number(text.slice(colon + 1)) }
  })
  .refine((value) => value.port >= 1 && value.port <= 65_535, 'a port is between 1 and 65535')

const policies = Object.keys(POLICIES).join(', ')
const policy = z.string().transform((text, context) => {
  const name = parsePolicyName(text)
  if (name) return name
  context.addIssue({ code: 'custom', message: `expected one of ${policies}` })
  return z.NEVER
})

/** How places are chosen. An external scheduler that does not answer in time is replaced by the policy. */
const scheduler = z
  .strictObject({
    policy: policy.prefault(POLICY_DEFAULT),
    url: z.url({ protocol: /^https?$/, error: 'expected the address of an HTTP service, for example http://127.0.0.1:8090' }).optional(),
    token: z.string().min(1, 'expected a token').optional(),
    timeoutMs: z.coerce
      .number('expected milliseconds')
      .int('expected whole milliseconds')
      .min(10, 'expected at least 10')
      .max(30_000, 'expected at most 30000')
      .default(1_000),
  })
  .refine((value) => value.token === undefined || value.url !== undefined, { path: ['token'], error: 'has no effect without url' })
  .prefault({})

/** Without a host root sends no mail, unless an Admin sets one through the API. */
const mail = z
  .strictObject({
    host: host.optional(),
    port: port.default(587),
    tls: yesOrNo.prefault(false),
    user: z.string().optional(),
    password: z.string().optional(),
    from: z.string().optional(),
    dashboard: z
      .url({ protocol: /^https?$/, error: 'expected the address of the dashboard, for example https://oak.example.org' })
      .optional(),
  })
  .prefault({})

/** Who is told of alerts, and which rules there are. */
const alerts = z
  .strictObject({
    rules: z.string().startsWith('/', 'expected an absolute path').optional(),
    webhooks: words.prefault([]),
    webhookSecret: z.string().min(8, 'expected at least 8 characters').optional(),
    mailTo: words.prefault([]),
  })
  .prefault({})

/** The whole configuration. Each default is the port or path of `DESIGN` section 3. */
export const configSchema = z.strictObject({
  dataDir: z.string().startsWith('/', 'expected an absolute path').default(DEFAULT_DATA_DIR),
  log: z.strictObject({ level: z.enum(['error', 'warn', 'info', 'debug']).default('info') }).prefault({}),
  alerts,
  root: z
    .strictObject({
      api: listener(10_000),
      sessions: listener(50_052),
      dashboardPort: portOrOff,
      infrastructurePort: portOrOff,
      adminPassword: z.string().min(5, 'expected at least 5 characters').optional(),
      origins: origins.prefault(['same-host']),
      events,
      mail,
      areas: areas.prefault({}),
      ...resourceAbstractor,
      scheduler,
    })
    .prefault({}),
  cluster: z
    .strictObject({
      name: word.default('default_cluster'),
      location: z.string().max(256, 'expected at most 256 characters').default(''),
      parent: endpoint.optional(),
      joinToken: z.string().min(1, 'expected a token').optional(),
      api: listener(10_100),
      ...resourceAbstractor,
      sessions: listener(10_101),
      infrastructurePort: portOrOff,
      cpuOvercommit: z.coerce.number('expected a number').min(1, 'expected at least 1').max(100, 'expected at most 100').default(16),
      scheduler,
    })
    .prefault({}),
  node: z
    .strictObject({
      name: word.optional(),
      parent: endpoint.optional(),
      joinToken: z.string().min(1, 'expected a token').optional(),
      address: host.optional(),
      containerdSocket: z.string().startsWith('/', 'expected an absolute path').optional(),
      tunnelPort: port.default(50_103),
      metricsHost: host.default('127.0.0.1'),
      metricsPort: port.optional(),
      labels: labels.prefault([]),
      location: place.optional(),
      addons: words.prefault([]),
      csiDrivers: words.prefault([]),
      unikernel: z.strictObject({ enabled: onOrOff.prefault(false), allowTcg: onOrOff.prefault(false) }).prefault({}),
    })
    .prefault({}),
})
