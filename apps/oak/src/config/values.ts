import { isLabel, LABEL_EXPECTED } from '@oakestra/sla'
import { z } from 'zod'

/** A place on earth, in degrees. */
export interface Place {
  readonly lat: number
  readonly lon: number
}

/** More is a mistake; each is sent to the parent with every change. */
const ENTRIES_MAX = 64
/** Names of areas are compared with those in descriptors; a country has hundreds of towns, a file thousands by mistake. */
const AREAS_MAX = 1_000

/** A list in the file; in the environment and in flags, entries separated by commas. */
function listOf(item: z.ZodType<string>) {
  const list = z.array(item, 'expected a list').max(ENTRIES_MAX, `expected at most ${ENTRIES_MAX} entries`)
  return z.preprocess((value) => (typeof value === 'string' ? entriesOf(value, ',') : value), list)
}

export const words = listOf(z.string('expected text').regex(/^\S{1,255}$/, 'expected words without spaces, separated by commas'))

export const labels = listOf(z.string('expected text').refine(isLabel, `expected ${LABEL_EXPECTED}`))

const ORIGIN_EXPECTED = 'expected same-host, * or origins such as https://oak.example.org, separated by commas'

/** Pages of other origins. */
export const origins = listOf(z.string(ORIGIN_EXPECTED).regex(/^(same-host|\*|https?:\/\/[^\s/,]+)$/, ORIGIN_EXPECTED))

/** A truth in the file; a word in the environment. */
export const yesOrNo = z.preprocess(
  (value) => (value === 'true' || value === 'yes' ? true : value === 'false' || value === 'no' ? false : value),
  z.boolean('expected true or false'),
)

const ON: ReadonlySet<unknown> = new Set([true, 'on', 'enable', 'true', 'yes'])
const OFF: ReadonlySet<unknown> = new Set([false, 'off', 'disable', 'false', 'no'])

/** A switch: upstream's words, and `=true` as its flag `-u=true` arrives (`reference/worker.md` 2.1, 2.2). */
export const onOrOff = z.preprocess((value) => {
  const word = typeof value === 'string' ? value.replace(/^=/, '') : value
  return ON.has(word) || (OFF.has(word) ? false : word)
}, z.boolean('expected on or off'))

const PLACE_EXPECTED = 'expected degrees as lat,lon, for example 48.26,11.67'

/** `lat,lon` in degrees. */
export const place = z.string(PLACE_EXPECTED).transform((text, context): Place => {
  const [lat = Number.NaN, lon = Number.NaN, ...rest] = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)))
  if (Math.abs(lat) <= 90 && Math.abs(lon) <= 180 && rest.length === 0) return { lat, lon }
  context.addIssue({ code: 'custom', message: PLACE_EXPECTED })
  return z.NEVER
})

const AREAS_EXPECTED =
  'expected names with places, for example munich: "48.14,11.58"; in the environment munich=48.14,11.58;berlin=52.52,13.40'

/** Names of places. In the file a table; in the environment `name=lat,lon`, separated by semicolons. */
export const areas = z.preprocess(
  (value) => (typeof value === 'string' ? Object.fromEntries(entriesOf(value, ';').map(pairOf)) : value),
  z
    .record(z.string().regex(/^[^;=]{1,63}$/, AREAS_EXPECTED), place, AREAS_EXPECTED)
    .refine((record) => Object.keys(record).length <= AREAS_MAX, `expected at most ${AREAS_MAX} areas`),
)

/** A value as it could be set by the environment. */
export function shownValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(String).join(',')
  if (typeof value !== 'object' || value === null) return value
  if ('host' in value && 'port' in value) return `${value.host}:${value.port}`
  if ('lat' in value && 'lon' in value) return `${value.lat},${value.lon}`
  return Object.entries(value)
    .map(([name, entry]) => `${name}=${shownValue(entry)}`)
    .join(';')
}

function entriesOf(text: string, separator: string): readonly string[] {
  return text
    .split(separator)
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
}

function pairOf(entry: string): readonly [string, string] {
  const at = entry.indexOf('=')
  return at < 0 ? [entry, ''] : [entry.slice(0, at).trim(), entry.slice(at + 1).trim()]
}
