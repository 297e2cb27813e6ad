import { nodeTag } from '@oakestra/node'
import {
  addressClaims,
  documentAt,
  inboxItems,
  localInstances,
  nodeReports,
  outboxEntries,
  placements,
  type Report,
  type RootInstance,
  type RootService,
  rootInstances,
  rootReports,
  rootServices,
  rootUnclaimed,
} from './documents.ts'
import { checkOverlay } from './overlay-at-rest.ts'
import type { PlannedService } from './users.ts'
import type { World, WorldCluster, WorldNode } from './world.ts'

/** What must hold once nothing is broken any more (DESIGN 2). Empty when it does; else one sentence for each thing that does not. */
export function checkAtRest(world: World): readonly string[] {
  const wanted = rootInstances.all(world.root.store)
  return [
    ...parts(world),
    ...promises(world),
    ...world.users.services.flatMap((service) => checkService(world, service)),
    ...wanted.flatMap((instance) => checkInstance(world, instance)),
    ...world.clusters.flatMap((cluster) => clusterLeftovers(world, cluster)),
    ...world.nodes.flatMap((node) => nodeLeftovers(node)),
    ...addresses(world),
    ...checkOverlay(world),
  ]
}

function parts({ roles, system }: World): readonly string[] {
  const down = roles.filter(({ isUp }) => !isUp).map(({ name }) => `${name} does not run`)
  return down.length > 0 || system.isConnected ? down : ['not everything is connected']
}

/** No change that a user was promised is lost. */
function promises({ users, root }: World): readonly string[] {
  return [...users.promised.values()].flatMap((promised) => {
    const { id, service, number, atMs } = promised
    const instance = documentAt(rootInstances, root.store, id)
    const name = `${service.plan.name}.${number}`
    const mayBeGone = users.mayBeRemoved({ serviceId: service.id, number }) || users.wasForgotten(atMs)
    if (!instance && !mayBeGone) return [`${name} was promised, and root does not know it`]
    if (instance && users.mustBeGone(promised)) return [`${name} was to be removed, and root still has it`]
    return []
  })
}

function checkInstance(world: World, instance: RootInstance): readonly string[] {
  const service = world.users.services.find(({ id }) => id === instance.serviceId)
  const name = `${service?.plan.name ?? 'unknown'}.${instance.number} (${instance.id})`
  if (!service) return [`${name} is of no service`]
  const wrong = instance.removing ? ['is still being removed'] : [...checkPlace(world, instance), ...checkLife(world, instance, service)]
  return wrong.map((each) => `${name} ${each}`)
}

/** As many instances as declared, and no update that is still on its way. */
function checkService({ root }: World, { id, plan }: PlannedService): readonly string[] {
  const service = documentAt(rootServices, root.store, id)
  if (!service) return [`root does not know ${plan.name}`]
  const own = rootInstances.all(root.store).filter(({ serviceId, removing }) => serviceId === id && !removing)
  const { replicas = own.length, rollout } = service
  return [
    ...(replicas === own.length ? [] : [`${plan.name} shall have ${replicas} instances and has ${own.length}`]),
    ...(rollout?.state === 'rolling' ? [`${plan.name} is still being updated: ${rollout.detail}`] : []),
  ]
}

/** Root, the cluster and the node agree on where it is. What was over before it could leave its cluster is nowhere. */
function checkPlace(world: World, { id, clusterId, ended }: RootInstance): readonly string[] {
  if (clusterId === undefined && ended) return []
  const cluster = world.clusters.find(({ unit }) => unit.id === clusterId)
  if (!cluster) return [`has no cluster: ${documentAt(rootReports, world.root.store, id)?.detail ?? 'nobody said why'}`]
  const placement = documentAt(placements, cluster.role.store, id)
  const node = world.nodes.find(({ unit }) => unit.id === placement?.nodeId)
  if (!node) return [`has no node in ${cluster.role.name}: ${documentAt(rootReports, world.root.store, id)?.detail ?? 'nobody said why'}`]
  const report = documentAt(rootReports, world.root.store, id)
  if (report?.nodeId !== node.unit.id) return [`is on ${node.role.name} for its cluster, and root was told ${report?.nodeId}`]
  if (!documentAt(inboxItems, node.role.store, id)) return [`is not in the document of ${node.role.name}, where it was placed`]
  const elsewhere = world.nodes.filter((other) => other !== node && documentAt(inboxItems, other.role.store, id))
  return elsewhere.map((other) => `is also in the document of ${other.role.name}`)
}

function checkLife(world: World, { id, serviceId, revision, restart, ended }: RootInstance, { plan }: PlannedService): readonly string[] {
  const living = world.surroundings.ledger.living(id)
  const state = documentAt(rootReports, world.root.store, id) ?? ended
  if (plan.oneShot) return [...checkEnd(world, id, state), ...living.map(({ node }) => `still runs on ${node}`)]
  const seen = state?.state === 'running' ? [] : [`should be running for root, and is ${state?.state} (${state?.detail})`]
  if (living.length !== 1) return [...seen, `lives ${living.length} times: ${living.map(({ node }) => node).join(', ') || 'nowhere'}`]
  const node = world.nodes.find(({ role }) => role.name === living[0]?.node)
  if (node?.unit.id !== state?.nodeId) return [...seen, `runs on ${node?.role.name}, and root was told ${state?.nodeId}`]
  const workload = node?.machine.workloads.get(id)?.spec
  if (!workload) return seen
  const late = (workload.restartsAsked ?? 0) < (restart?.asked ?? 0) ? ['was not started again, as asked for'] : []
  return [...seen, ...late, ...checkRevision(documentAt(rootServices, world.root.store, serviceId), revision, workload)]
}

/** It runs what its service says: an update that failed may have left some behind, each at the revision that root knows. */
function checkRevision(
  service: RootService | undefined,
  own: number | undefined,
  workload: { readonly revision: number; readonly environment: readonly string[] },
): readonly string[] {
  const wanted = own ?? service?.revision
  if (workload.revision !== wanted) return [`runs revision ${workload.revision} and should run ${wanted}`]
  const missing = (service?.descriptor.environment ?? []).filter((each) => !workload.environment.includes(each))
  if (service?.rollout?.state === 'failed') return []
  return missing.map((each) => `runs without ${each}, which its service says`)
}

/** A one-shot is over, and known to have ended as its last process there did. */
function checkEnd({ surroundings, nodes }: World, id: string, report: Report | undefined): readonly string[] {
  const where = nodes.find(({ unit }) => unit.id === report?.nodeId)?.role.name
  const end = surroundings.ledger.livesOf(id).findLast(({ node }) => node === where)?.end
  if (!end) return ['never ran to its end']
  const expected = end.exitCode === 0 ? 'completed' : 'failed'
  return report?.state === expected ? [] : [`should be ${expected} for root, and is ${report?.state} (${report?.detail})`]
}

/** What a cluster remembers belongs to what root gave it. */
function clusterLeftovers({ root }: World, { role, unit }: WorldCluster): readonly string[] {
  const isUnclaimed = (id: string) => documentAt(rootUnclaimed, root.store, id) !== undefined
  const isWanted = (id: string) => documentAt(rootInstances, root.store, id)?.clusterId === unit.id || isUnclaimed(id)
  const left = [
    ...placements.all(role.store).map(({ instanceId }) => ['a placement', instanceId] as const),
    ...nodeReports.all(role.store).map(({ instanceId }) => ['a report', instanceId] as const),
    ...outboxEntries.all(role.store).flatMap(({ item }) => (item.kind === 'instance' ? [['an outbox entry', item.id] as const] : [])),
    ...inboxItems.all(role.store).flatMap(({ kind, id }) => (kind === 'instance' ? [['an inbox item', id] as const] : [])),
  ]
  const marks = outboxEntries.all(role.store).filter(({ removed }) => removed)
  return [
    ...left.filter(([, id]) => !isWanted(id)).map(([what, id]) => `${role.name} keeps ${what} of ${id}, which is not its own`),
    ...marks.map(({ item }) => `${role.name} still orders ${item.id} gone`),
  ]
}

/** Nothing is left on a machine of what is not there any more. */
function nodeLeftovers({ role, machine, unit, cluster }: WorldNode): readonly string[] {
  const isPlaced = (id: string) => documentAt(placements, cluster.role.store, id)?.nodeId === unit.id
  const isLiving = (id: string) => isPlaced(id) && machine.workloads.get(id)?.workload.state.state === 'running'
  const { namespaces, strayPorts } = unit.kernel.state(nodeTag(unit.id))
  const left = [
    ...[...machine.workloads.keys()].filter((id) => !isPlaced(id)).map((id) => `workload ${id}`),
    ...[...machine.logs.keys()].filter((id) => !isPlaced(id)).map((id) => `log of ${id}`),
    ...localInstances.all(role.store).flatMap(({ id }) => (isPlaced(id) ? [] : [`memory of ${id}`])),
    ...namespaces.filter(({ name }) => !isLiving(name.split('-').at(-1) ?? '')).map(({ name }) => `namespace ${name}`),
    ...strayPorts.map((name) => `port ${name}`),
  ]
  return left.map((what) => `${role.name} keeps ${what}`)
}

/** No address belongs to two. */
function addresses({ root, nodes }: World): readonly string[] {
  const owners = new Map<string, string>()
  const twice: string[] = []
  const note = (address: string, owner: string) => {
    const known = owners.get(address)
    if (known !== undefined && known !== owner) twice.push(`${address} belongs to ${known} and to ${owner}`)
    owners.set(address, owner)
  }
  for (const { address, ownerId, freedAtMs } of addressClaims.all(root.store)) if (freedAtMs === undefined) note(address, ownerId)
  for (const { id, addresses: own } of rootInstances.all(root.store)) for (const address of [own.v4, own.v6]) note(address, id)
  for (const { role } of nodes) {
    for (const { id, namespaceV4, namespaceV6 } of localInstances.all(role.store))
      for (const own of [namespaceV4, namespaceV6]) note(own, id)
  }
  return twice
}
