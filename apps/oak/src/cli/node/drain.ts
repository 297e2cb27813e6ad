import type { OakClient } from '../../client/client.ts'
import type { InstanceView, NodeView, ServiceView } from '../../client/types.ts'
import { type CliContext, openClient } from '../context.ts'
import { CliFailure, EXIT } from '../failure.ts'
import { follow, type Look } from '../follow.ts'
import type { Options } from '../options.ts'
import { candidateLines } from '../reasons.ts'
import { findNode } from '../resolve.ts'

export interface DrainOptions {
  readonly wait?: boolean
  readonly timeout: number
}

// A line of progress names so many instances; the rest is a number.
const NAMES_SHOWN = 4

/** Gives the node no new instances, has what it has moved to others, and follows that to its end. */
export async function drainNode(context: CliContext, word: string, options: Options<DrainOptions>): Promise<void> {
  const client = await openClient(context, options)
  const node = await findNode(client, word)
  await client.changeNode(node.cluster_id, node.id, { draining: true })
  if (options.wait === false) {
    context.output.talk(`${node.name} is being emptied. See how far it is with: oak node list`)
    return
  }
  let left: readonly Left[] = []
  await follow(
    { ...context, timeoutMs: options.timeout },
    {
      title: `Draining ${node.name}`,
      look: async () => {
        const seen = await lookAt(client, node)
        left = seen.left
        return seen.look
      },
      timedOut: (text) => timedOut(node, left, text, options.timeout),
    },
  )
  context.output.talk(`${node.name} is empty and gets no new instances. Let it take some again with: oak node uncordon ${node.name}`)
}

interface Left {
  readonly name: string
  readonly instance: InstanceView
}

async function lookAt(client: OakClient, node: NodeView): Promise<{ readonly left: readonly Left[]; readonly look: Look<undefined> }> {
  const [nodes, services] = await Promise.all([client.nodes(), client.services()])
  const now = nodes.find(({ id }) => id === node.id)
  if (now && now.draining === false) throw new CliFailure(EXIT.failure, `somebody else ended the drain of ${node.name}`)
  const here = services.flatMap((service) => onNode(service, node.id))
  const left = here.filter(({ isOver }) => !isOver)
  // What the user may not see is only a number.
  const hidden = Math.max(0, (now?.instances ?? here.length) - here.length)
  if (left.length + hidden === 0) return { left, look: { there: undefined, summary: 'nothing is left' } }
  return { left, look: { waiting: describe(now ?? node, left, hidden) } }
}

function onNode(service: ServiceView, nodeId: string): readonly (Left & { readonly isOver: boolean })[] {
  const instances = (service.instance_list ?? []).filter((instance) => instance.worker_id === nodeId)
  return instances.map((instance) => ({
    name: `${service.microservice_name} ${instance.instance_number}`,
    instance,
    // What has ended for good stays where its output is.
    isOver: instance.status === 'COMPLETED' || (service.one_shot === true && instance.status === 'FAILED'),
  }))
}

function describe(node: NodeView, left: readonly Left[], hidden: number): string {
  const names = left.slice(0, NAMES_SHOWN).map(({ name, instance }) => `${name} (${instance.status_detail || instance.status})`)
  const others = left.length - names.length + hidden
  const list = [...names, ...(others > 0 ? [`${others} more`] : [])].join(', ')
  const away = node.presence && node.presence !== 'here' ? `, and the node is ${node.presence}` : ''
  return `${left.length + hidden} left${away}: ${list}`
}

function timedOut(node: NodeView, left: readonly Left[], text: string, timeoutMs: number): CliFailure {
  const reasons = left.map(({ name, instance }) => {
    const why = candidateLines(instance.candidates).replaceAll('\n', '\n  ')
    return `\n  ${name} (${instance.status}): ${instance.status_detail || 'no reason was given'}${why}`
  })
  const message = `${node.name} is not empty after ${timeoutMs / 1000} s${reasons.length > 0 ? `:${reasons.join('')}` : ` (${text})`}`
  return new CliFailure(EXIT.timedOut, message, `it goes on; stop it with: oak node uncordon ${node.name}`)
}
