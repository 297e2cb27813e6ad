import { z } from 'zod'
import type { GatewayRequest } from './descriptor.ts'
import { isLabel, LABEL_EXPECTED, LABELS_MAX } from './labels.ts'
import { PORTS_EXPECTED, parsePorts } from './ports.ts'
import { listOf, object, text } from './words.ts'

/* A service for clients outside the overlay: our addition. `docs/descriptor.md`. */

// More is a mistake: whoever means that many nodes gives them a label.
const NODES_MAX = 256

const HOST_EXPECTED = 'a host name such as shop.example.org, of letters, digits, "-" and "."'
/** RFC 1123, 2.1: labels of at most 63 characters, 253 in all. */
const HOST = /^(?=.{1,253}$)(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$/

const ports = text
  .check((context) => {
    const result = parsePorts(context.value)
    if (!result.ok) context.issues.push({ code: 'custom', message: result.expected, input: result.found, params: { found: result.found } })
    else if (result.ports.length === 0)
      context.issues.push({ code: 'custom', message: PORTS_EXPECTED, input: context.value, params: { found: 'none' } })
  })
  .describe('Ports of the nodes: `node[:instance][/tcp|/udp]`, separated by `;`.')

const host = z
  .string({ error: HOST_EXPECTED })
  .refine((value) => value === '' || HOST.test(value), { error: HOST_EXPECTED })
  .describe('Only HTTP requests for this host name; others may share the ports under other names.')

const labels = listOf(
  text.refine((value) => value === '' || isLabel(value), { error: LABEL_EXPECTED }),
  `a list of at most ${LABELS_MAX} labels`,
).max(LABELS_MAX, { error: `a list of at most ${LABELS_MAX} labels` })

const nodes = listOf(text, `a list of at most ${NODES_MAX} names`).max(NODES_MAX, { error: `a list of at most ${NODES_MAX} names` })

/** On which ports of which nodes a service is reached from outside the overlay. */
export const gatewaySchema = object(
  {
    ports,
    host: host.nullish(),
    nodes: nodes.nullish().describe('Names of the nodes; without them and without labels, every node.'),
    labels: labels.nullish().describe('Only nodes that carry all of these, as `key=value`.'),
  },
  'an object with ports',
).check((context) => {
  const { ports: given, host: name } = context.value
  const read = typeof given === 'string' ? parsePorts(given) : undefined
  if (!name || !read?.ok || read.ports.every(({ protocol }) => protocol === 'tcp')) return
  context.issues.push({
    code: 'custom',
    path: ['ports'],
    message: 'ports of TCP only, for a host name is said by HTTP',
    input: given,
    params: { found: given },
  })
})

export type GatewayDocument = z.infer<typeof gatewaySchema>

/** Turns what was asked for into our words. The document has been found valid. */
export function readGateway(document: GatewayDocument): GatewayRequest {
  const result = parsePorts(document.ports)
  return {
    ports: result.ok ? result.ports : [],
    ...(document.host ? { host: document.host.toLowerCase() } : {}),
    nodes: (document.nodes ?? []).filter((name) => name !== ''),
    labels: (document.labels ?? []).filter((label) => label !== ''),
  }
}
