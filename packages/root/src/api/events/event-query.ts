import { OakError } from '@oakestra/base'
import { EVENT_KINDS } from '@oakestra/model'
import { z } from 'zod'
import type { EventFilter } from '../../events/event-filter.ts'
import { eventId, NUMBERS_PER_MS } from '../../events/events.ts'

const ID_LENGTH_MAX = 64
const KINDS_MAX = 20

const id = (what: string) =>
  z
    .string()
    .max(ID_LENGTH_MAX, { error: `the id of ${what}` })
    .optional()
    .describe(`Id of ${what}.`)

const WORDS: ReadonlySet<string> = new Set(Object.keys(EVENT_KINDS).flatMap((kind) => [kind, kind.split('.')[0] ?? '']))
const KIND_EXPECTED = `kinds of events such as instance.status, or their first word, separated by commas (at most ${KINDS_MAX})`
const SINCE_EXPECTED = 'a time such as 2026-01-01T00:00:00Z, or milliseconds since 1970'

/** Which events; for lists and for streams. */
export const filterParameters = {
  application: id('an application'),
  service: id('a service'),
  instance: z
    .string()
    .max(ID_LENGTH_MAX, { error: 'the id of an instance, or its number beside `service`' })
    .optional()
    .describe('Id of an instance, or its number beside `service`.'),
  cluster: id('a cluster'),
  node: id('a node'),
  kind: z
    .string()
    .refine((text) => text.split(',').length <= KINDS_MAX && text.split(',').every((word) => WORDS.has(word)), { error: KIND_EXPECTED })
    .optional()
    .describe('Kinds such as `instance.status`, or their first word, separated by commas.'),
  since: z
    .string()
    .refine((text) => !Number.isNaN(timeOf(text)), { error: SINCE_EXPECTED })
    .optional()
    .describe('Nothing older: RFC 3339, or milliseconds since 1970.'),
}

const query = z.object(filterParameters)
type FilterQuery = z.infer<typeof query>

/** @throws OakError `bad-request` */
export function filterOf({ application, service, instance, cluster, node, kind }: FilterQuery): EventFilter {
  const isNumber = instance !== undefined && /^\d{1,9}$/.test(instance)
  if (isNumber && service === undefined) throw new OakError('bad-request', 'instance: a number needs `service` beside it, found no service')
  return {
    applicationId: application,
    serviceId: service,
    instanceId: isNumber ? undefined : instance,
    instanceNumber: isNumber ? Number(instance) : undefined,
    clusterId: cluster,
    nodeId: node,
    kinds: kind?.split(','),
  }
}

/** The smallest id that an event of this time may have. */
export function fromIdOf({ since }: FilterQuery): string {
  return since === undefined ? eventId(0) : eventId(Math.min(Math.max(0, timeOf(since)), YEAR_2255_MS) * NUMBERS_PER_MS)
}

/** Beyond it numbers of events would be no exact numbers; there is nothing to see there. */
const YEAR_2255_MS = 8_999_999_999_999

function timeOf(text: string): number {
  return /^\d{10,15}$/.test(text) ? Number(text) : Date.parse(text)
}
