import type { z } from 'zod'
import { argument, flag, listOf, object, oneOf, secondsFrom, wholeFrom } from './words.ts'

/*
 * Our additions to a service: what holds for the life of its instances. `docs/descriptor.md`.
 * Bounds are what no honest service needs to exceed; timers and counters rely on them.
 */

const HOUR = 3600
const DAY = 24 * HOUR
/** A timer of the platform ends after 24 days, whatever it was asked for. Who wants longer means `keep`. */
const AFTER_MAX = 20 * DAY
/** As many as one root places within seconds. */
export const REPLICAS_MAX = 10_000

const port = wholeFrom(1, 65_535)

// It becomes part of a request's first line, where a space or a line end would begin something else.
const PATH_EXPECTED = 'a path that begins with "/", without spaces, at most 1024 characters'
const path = argument.refine((value) => value === '' || /^\/[\x21-\x7e]{0,1023}$/.test(value), { error: PATH_EXPECTED })

const COMMAND_EXPECTED = 'a list of texts, the program first'
const command = listOf(argument, COMMAND_EXPECTED).refine((words) => Boolean(words[0]), { error: COMMAND_EXPECTED })

const healthCheckSchema = object(
  {
    http: object({ port, path: path.nullish().describe('`/` when absent.') }, 'an object with port and path')
      .nullish()
      .describe('Good is an answer from 200 to 399.'),
    tcp: object({ port }, 'an object with port').nullish().describe('Good is a connection.'),
    command: command.nullish().describe('Run inside the instance; good is an exit with 0.'),
    start_delay: secondsFrom(0, DAY).nullish().describe('Bad answers do not count for so many seconds after a start. Default 0.'),
    period: secondsFrom(0.1, HOUR).nullish().describe('Seconds between two questions. Default 10.'),
    timeout: secondsFrom(0.1, 300).nullish().describe('Seconds after which an answer is a bad one. Default 2.'),
    threshold: wholeFrom(1, 100).nullish().describe('So many bad answers in a row make it unhealthy. Default 3.'),
  },
  'an object with one of http, tcp and command',
)

const disconnectSchema = object(
  {
    policy: oneOf(['replace', 'keep', 'stop']).nullish(),
    after: secondsFrom(0, AFTER_MAX).nullish().describe('Seconds; the default is the one of the tier above.'),
    site_only: flag.nullish().describe('It never leaves its cluster.'),
  },
  'an object with policy, after and site_only',
)

const updateSchema = object(
  {
    strategy: oneOf(['rolling', 'recreate']).nullish(),
    max_unavailable: wholeFrom(1, REPLICAS_MAX).nullish().describe('Instances that may be not ready at one time. Default 1.'),
    min_ready: secondsFrom(0, DAY).nullish().describe('Seconds that an instance must be ready to count as proven. Default 1.'),
    deadline: secondsFrom(1, DAY).nullish().describe('Seconds after which an instance that is not ready has failed. Default 120.'),
    roll_back: flag.nullish().describe('A failed update goes back to what ran before. Default true.'),
  },
  'an object with strategy, max_unavailable, min_ready, deadline and roll_back',
)

/** The fields of a service that say how its instances live. */
export const lifeShape = {
  replicas: wholeFrom(0, REPLICAS_MAX)
    .nullish()
    .describe('How many instances there shall be; absent: as many as are asked for one by one.'),
  restart: oneOf(['always', 'on-failure', 'never']).nullish().describe('When an instance that ended is started again.'),
  stop_grace: secondsFrom(0, HOUR).nullish().describe('Seconds between the request to end and the kill. Default 10.'),
  health_check: healthCheckSchema.nullish().describe('Exactly one of http, tcp and command. Ports are those of the instance.'),
  disconnect: disconnectSchema.nullish().describe('What happens to an instance whose node or cluster is cut off.'),
  update: updateSchema.nullish().describe('How a change of the descriptor reaches the instances.'),
}

/** The fields of the objects above, for what is one edit away from one. */
export const LIFE_FIELDS = {
  health_check: Object.keys(healthCheckSchema.shape),
  disconnect: Object.keys(disconnectSchema.shape),
  update: Object.keys(updateSchema.shape),
} as const

type Document<Key extends keyof typeof lifeShape> = z.infer<(typeof lifeShape)[Key]>
export type LifeDocument = { readonly [Key in keyof typeof lifeShape]?: Document<Key> }
export type HealthCheckDocument = NonNullable<Document<'health_check'>>
