import { nodeTag } from '@oakestra/node'
import { documentAt, inboxItems, placements, type RootInstance, rootInstances, rootServices, rootUnclaimed } from './documents.ts'
import type { World, WorldNode } from './world.ts'

/** A wanted instance and the node that has it. */
interface Seat {
  readonly instance: RootInstance
  readonly nodeId: string
}

/** What a node is told of a service, as far as it is looked at here; `ready` also says what somebody plans, and is not. */
interface Table {
  readonly instances: readonly { readonly instanceId: string; readonly v4: string; readonly nodeId: string }[]
}

interface Peer {
  readonly instances: readonly { readonly v4: string; readonly v6: string }[]
}

/** What nodes know of each other is what is so: no more and no less, in their documents and in their kernels (decision 11). */
export function checkOverlay(world: World): readonly string[] {
  // What root cannot say whose it is, it tells nobody; its own cluster does.
  if (rootUnclaimed.all(world.root.store).length > 0) return []
  const seats = seatsOf(world)
  return world.nodes.flatMap((node) => [...checkTold(world, node, seats), ...checkKernel(node, seats)])
}

/** Whoever goes on running: a one-shot is over when everything rests. */
function seatsOf({ root, users, nodes }: World): readonly Seat[] {
  return rootInstances.all(root.store).flatMap((instance) => {
    const isOneShot = users.services.find(({ id }) => id === instance.serviceId)?.plan.oneShot !== undefined
    const node = nodes.find(({ cluster, unit }) => documentAt(placements, cluster.role.store, instance.id)?.nodeId === unit.id)
    return node && !isOneShot ? [{ instance, nodeId: node.unit.id }] : []
  })
}

/** All services are of one application: whoever has an instance of any knows all of them, and everybody who has another. */
function checkTold({ root }: World, { role, unit }: WorldNode, seats: readonly Seat[]): readonly string[] {
  const concerns = seats.some(({ nodeId }) => nodeId === unit.id)
  const known = concerns ? rootServices.all(root.store) : []
  const others = new Set(concerns ? seats.map(({ nodeId }) => nodeId).filter((nodeId) => nodeId !== unit.id) : [])
  const tables = new Map(known.map(({ id }) => [id, seats.filter(({ instance }) => instance.serviceId === id).map(seatText)]))
  const peers = new Map(
    [...others].map((id) => [id, seats.filter(({ nodeId }) => nodeId === id).map(({ instance }) => addressText(instance))]),
  )
  const told = <Body>(kind: string, textsOf: (body: Body) => readonly string[]) => {
    const items = inboxItems.all(role.store).filter((item) => item.kind === kind)
    return new Map(items.map(({ id, body }) => [id.slice(kind.length + 1), textsOf(body as Body)]))
  }
  return [
    ...differences(
      told<Table>('table', ({ instances }) => instances.map(entryText)),
      tables,
    ).map((what) => `${role.name} is told of service ${what}`),
    ...differences(
      told<Peer>('peer', ({ instances }) => instances.map(addressesText)),
      peers,
    ).map((what) => `${role.name} is told of node ${what}`),
  ]
}

function seatText({ instance, nodeId }: Seat): string {
  return `${instance.id} ${instance.addresses.v4} on ${nodeId}`
}

function entryText({ instanceId, v4, nodeId }: Table['instances'][number]): string {
  return `${instanceId} ${v4} on ${nodeId}`
}

function addressText({ addresses }: RootInstance): string {
  return addressesText(addresses)
}

function addressesText({ v4, v6 }: Peer['instances'][number]): string {
  return `${v4} ${v6}`
}

function differences(told: ReadonlyMap<string, readonly string[]>, wanted: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const text = (entries: readonly string[] | undefined) => entries?.toSorted().join(', ') ?? 'nothing'
  const ids = new Set([...told.keys(), ...wanted.keys()])
  return [...ids]
    .filter((id) => text(told.get(id)) !== text(wanted.get(id)))
    .map((id) => `${id}: [${text(told.get(id))}], and should be: [${text(wanted.get(id))}]`)
}

const HOST_PREFIX = /\/(32|128)$/

/** Its ways lead to all instances of its peers, and its services to nobody who does not run. */
function checkKernel({ role, unit }: WorldNode, seats: readonly Seat[]): readonly string[] {
  const { routes, tables } = unit.kernel.state(nodeTag(unit.id))
  const concerns = seats.some(({ nodeId }) => nodeId === unit.id)
  const addressesOf = (some: readonly Seat[]) => some.flatMap(({ instance: { addresses } }) => [addresses.v4, addresses.v6])
  const ways = routes.flatMap(({ to, encap }) => (encap && HOST_PREFIX.test(to) ? [to.replace(HOST_PREFIX, '')] : []))
  const wanted = addressesOf(concerns ? seats.filter(({ nodeId }) => nodeId !== unit.id) : [])
  const living = new Set(addressesOf(seats))
  const targets = tables.flatMap(({ sets }) =>
    sets.flatMap(({ name, elements }) => (name.startsWith('slots_') ? elements.map(targetOf) : [])),
  )
  return [
    ...ways.filter((to) => !wanted.includes(to)).map((to) => `${role.name} has a way to ${to}, where nothing is`),
    ...wanted.filter((to) => !ways.includes(to)).map((to) => `${role.name} has no way to ${to}`),
    ...[...new Set(targets)].filter((to) => !living.has(to)).map((to) => `${role.name} leads connections to ${to}, which does not run`),
  ]
}

/** `service address . slot : target`. */
function targetOf(element: string): string {
  return element.split(' : ').at(-1) ?? ''
}
