import { z } from 'zod'
import { type AddressRange, type BalancingPolicy, isInside, parseAddress, policyRange, SERVICE_V4 } from './address-plan.ts'
import { connectivitySchema } from './connectivity.ts'
import { gatewaySchema } from './gateway.ts'
import { lifeShape } from './life-schema.ts'
import { parsePorts } from './ports.ts'
import { argument, flag, listOf, object, text, wholeFrom } from './words.ts'

/*
 * The deployment document in upstream's words. The schema is the one source for validation, for the OpenAPI document
 * and for forms. Each message states what is expected, for a violation shows it beside what was found.
 * Clients drop empty values before they send (`reference/experience.md` 1.8) or send null: both read as absent.
 */

export const NAME_EXPECTED = '1 to 30 letters and digits'
/** Ways to write version 1, whose documents are read as what they have in common with version 2. `reference/orchestration.md` 3.1. */
const FORMER_VERSIONS = [1, '1', '1.0', 'v1', 'v1.0'] as const
/** 4 PiB in MiB: beyond it, sums of bytes leave the range of exact numbers. */
const WHOLE_MAX = 2 ** 32

const name = z.string({ error: NAME_EXPECTED }).regex(/^[a-zA-Z0-9]{1,30}$/, { error: NAME_EXPECTED })
const whole = wholeFrom(0, WHOLE_MAX)
const number = z.number({ error: 'a number' })
const texts = listOf(text, 'a list of texts')
const argumentList = listOf(argument, 'a list of texts')

const port = text
  .check((context) => {
    const result = parsePorts(context.value)
    if (!result.ok) context.issues.push({ code: 'custom', message: result.expected, input: result.found, params: { found: result.found } })
  })
  .describe('Published ports: `host[:container][/tcp|/udp]`, separated by `;`.')

function addressIn(range: AddressRange): z.ZodType<string> {
  const reserved = range.family === 4 ? 'its first and last' : 'its first'
  const expected = `an IPv${range.family} address inside ${range.text}, ${reserved} excepted`
  return z.string({ error: expected }).refine(
    (value) => {
      if (value === '') return true
      const parsed = parseAddress(range, value)
      return parsed !== undefined && isInside(range, parsed)
    },
    { error: expected },
  )
}

const ENVIRONMENT_EXPECTED = 'NAME=value'
const environmentEntry = argument.refine((value) => value === '' || /^[^=]+=/s.test(value), { error: ENVIRONMENT_EXPECTED })
const environment = listOf(environmentEntry, `a list of ${ENVIRONMENT_EXPECTED}`)

const constraint = object(
  {
    type: z.string({ error: 'the type of the constraint' }).describe('`direct`, `clusters`, `geo`, `latency`, `addons` or `labels`.'),
    cluster: text.nullish(),
    node: text.nullish().describe('Names of nodes, separated by `;`.'),
    allowed: texts.nullish().describe('Names of clusters.'),
    needs: texts.nullish().describe('Names of add-ons, or labels as `key=value`.'),
    location: text.nullish(),
    area: text.nullish(),
    threshold: number.nullish(),
    rigidness: number.nullish(),
    convergence_time: whole.nullish(),
  },
  'a constraint: an object with a type',
)

const MOUNT_EXPECTED = 'an absolute path without ".."'
const volume = object(
  {
    volume_id: argument.min(1, { error: 'the name of the volume' }).max(255, { error: 'at most 255 characters' }),
    csi_driver: argument.min(1, { error: 'the name of a CSI driver' }).max(255, { error: 'at most 255 characters' }),
    mount_path: argument
      .refine((path) => path === '' || (path.startsWith('/') && !path.split('/').includes('..')), { error: MOUNT_EXPECTED })
      .nullish(),
    config: z.record(z.string(), argument, { error: 'an object of texts' }).nullish(),
  },
  'a volume: an object',
)

const PAIR_EXPECTED = 'true, or an object with v4 and v6, either of which may be missing'
const policyPair = (policy: BalancingPolicy) =>
  z
    .union([z.boolean(), object({ v4: addressIn(SERVICE_V4).nullish(), v6: addressIn(policyRange(policy)).nullish() }, PAIR_EXPECTED)], {
      error: PAIR_EXPECTED,
    })
    .nullish()

const policies = object(
  {
    'round-robin': policyPair('round-robin').describe('By turns; every service has it.'),
    closest: policyPair('closest').describe('The nearest one.'),
    'least-loaded': policyPair('least-loaded').describe('More of the new connections to those that have less to do.'),
    fastest: policyPair('fastest').describe('The one that is reached soonest.'),
    sticky: policyPair('sticky').describe('The same one for the same client.'),
  } satisfies Record<BalancingPolicy, unknown>,
  'an object of policies',
)

const addresses = object(
  {
    policies: policies.nullish().describe('Ways to choose an instance, each under an address of its own. Our addition.'),
    rr_ip: addressIn(SERVICE_V4).nullish(),
    rr_ip_v6: addressIn(policyRange('round-robin')).nullish(),
    closest_ip: addressIn(SERVICE_V4).nullish(),
    closest_ip_v6: addressIn(policyRange('closest')).nullish(),
  },
  'an object of addresses',
)

/** One service. `vcpu`, `vgpu`, `image` and `env` are other spellings of `vcpus`, `vgpus`, `code` and `environment`. */
export const serviceSchema = object(
  {
    microserviceID: text.nullish().describe('Leave it empty: the root chooses it.'),
    microservice_name: name,
    microservice_namespace: name,
    virtualization: z
      .string({ error: 'container, unikernel, or the name of a runtime' })
      .min(1, { error: 'container, unikernel, or the name of a runtime' }),
    code: argument.nullish().describe('Image reference, or URL of an archive.'),
    image: argument.nullish().describe('Another spelling of `code`.'),
    cmd: argumentList.nullish(),
    args: texts.nullish(),
    environment: environment.nullish(),
    env: environment.nullish(),
    memory: whole.nullish().describe('MiB; 0 means no demand and no limit.'),
    vcpus: whole.nullish(),
    vcpu: whole.nullish(),
    vgpus: whole.nullish(),
    vgpu: whole.nullish(),
    vtpus: whole.nullish(),
    bandwidth_in: whole.nullish(),
    bandwidth_out: whole.nullish(),
    storage: whole.nullish().describe('MiB.'),
    port: port.nullish(),
    gateway: gatewaySchema.nullish().describe('Ports of nodes at which clients outside the overlay reach the service. Our addition.'),
    one_shot: flag.nullish(),
    privileged: flag.nullish(),
    arch: texts.nullish().describe('Architectures the software exists for; needed for unikernels.'),
    state: text.nullish(),
    target_node: text.nullish(),
    sla_violation_strategy: text.nullish(),
    added_files: texts.nullish(),
    addresses: addresses.nullish(),
    volumes: listOf(volume, 'a list of volumes').nullish(),
    constraints: listOf(constraint, 'a list of constraints').nullish(),
    connectivity: connectivitySchema.nullish(),
    ...lifeShape,
  },
  'a service: an object',
).meta({ id: 'ServiceDescriptor' })

export const applicationSchema = object(
  {
    applicationID: text.nullish().describe('The application that services are added to; ignored when one is created.'),
    application_name: name,
    application_namespace: name,
    application_desc: text.nullish(),
    isolated: flag
      .nullish()
      .describe('Instances of other applications may connect only where `connectivity` of a service here names theirs. Our addition.'),
    microservices: listOf(serviceSchema, 'a list of services').nullish(),
  },
  'an application: an object',
).meta({ id: 'ApplicationDescriptor' })

/** A whole deployment document, version 2.0. `reference/orchestration.md` 3.2. */
export const slaSchema = object(
  {
    sla_version: z.literal(['v2.0', ...FORMER_VERSIONS], { error: '"v2.0"' }).describe('`v2.0`. Version 1 is read as if it were that.'),
    customerID: text.nullish().describe('Any text; it is not compared with anything.'),
    applications: listOf(applicationSchema, 'a list of applications'),
    args: texts.nullish(),
  },
  'a deployment document: an object with sla_version and applications',
).meta({ id: 'Sla' })

/** Services without an application around them: `{microservices: [...]}`. `reference/experience.md` 1.8. */
export const serviceListSchema = object({ microservices: listOf(serviceSchema, 'a list of services') }, 'an object with microservices')

export type ServiceDocument = z.infer<typeof serviceSchema>
export type ApplicationDocument = z.infer<typeof applicationSchema>
export type ConstraintDocument = z.infer<typeof constraint>
