import { FakeKernel } from '@oakestra/net/testing'
import { nodeTag } from '@oakestra/node'
import { documentAt, placements, rootInstances } from './documents.ts'
import type { Act } from './fault.ts'
import type { PlannedService } from './users.ts'
import { stallOf, type World } from './world.ts'

/** Does one act to the world, and undoes it when its time is over. What it would hit may not be there: then nothing happens. */
export function perform(world: World, act: Act): void {
  switch (act.do) {
    case 'cut':
      return cut(world, act)
    case 'delay':
      return delay(world, act)
    case 'break':
      return world.breakOff(linkOf(world, act.link))
    case 'garble':
      return garble(world, act)
    case 'stall':
      return stall(world, act)
    case 'kill':
      return roleOf(world, act.role).killAt(act.acts, act.downMs)
    case 'stop':
      return roleOf(world, act.role).stopFor(act.downMs)
    case 'power-off':
      return powerOff(world, act)
    case 'end-workload':
      return endWorkload(world, act)
    case 'registry-away':
      return registryAway(world, act)
    case 'disk-full':
      return diskFull(world, act)
    case 'restore-root':
      return restoreRoot(world, act)
    case 'set-wall-clock':
      return roleOf(world, act.role).clock.jumpWall(act.byMs)
    case 'deploy':
      return deploy(world, act)
    case 'undeploy':
      return undeploy(world, act)
    case 'undeploy-all':
      return world.users.undeploy(pick(world.users.services, act.service))
    case 'deploy-at-cluster':
      return deployAt(world, act)
    case 'undeploy-at-cluster':
      return undeployAt(world, act)
    case 'scale':
      return scale(world, act)
    case 'update':
      return update(world, act)
    case 'move':
      return move(world, act)
    case 'restart':
      return restart(world, act)
    case 'drain':
      return drain(world, act)
  }
}

const UNTOUCHED_KERNEL = new FakeKernel().state('none')

const STALL_LOOK_MS = 50

type Of<Kind extends Act['do']> = Extract<Act, { do: Kind }>

function pick<T>(list: readonly T[], part: number): T {
  const chosen = list[Math.floor(part * list.length)]
  if (chosen === undefined) throw new Error('there is nothing to choose from')
  return chosen
}

function roleOf(world: World, { tier, pick: part }: Of<'kill'>['role']) {
  return pick(world.rolesOf(tier), part)
}

function linkOf(world: World, { tier, pick: part }: Of<'cut'>['link']): string {
  return pick(world.rolesOf(tier), part).name
}

function later(world: World, delayMs: number, undo: () => void): void {
  world.surroundings.clock.after(delayMs, undo)
}

function cut(world: World, { link, forMs }: Of<'cut'>): void {
  const name = linkOf(world, link)
  world.cut(name)
  later(world, forMs, () => world.restore(name))
}

function delay(world: World, { link, delayMs, forMs }: Of<'delay'>): void {
  const name = linkOf(world, link)
  // Slow enough, and a link is as good as cut.
  world.outages.begin(name)
  world.setDelay(name, delayMs)
  later(world, forMs, () => {
    world.setDelay(name)
    world.endOutage(name)
  })
}

function garble(world: World, { link, faults, forMs }: Of<'garble'>): void {
  const name = linkOf(world, link)
  world.outages.begin(name)
  world.setFaults(name, faults)
  later(world, forMs, () => {
    world.setFaults(name, {})
    world.endOutage(name)
  })
}

/** A connection that lives outlasts it; one that is made meanwhile says nothing until it is over. */
function stall(world: World, { link, forMs }: Of<'stall'>): void {
  const name = linkOf(world, link)
  let isOutage = false
  const look = () => {
    if (isOutage || world.isConnected(name)) return
    isOutage = true
    world.outages.begin(name)
  }
  world.stall(name)
  world.outages.begin(stallOf(name))
  look()
  for (let atMs = STALL_LOOK_MS; atMs < forMs; atMs += STALL_LOOK_MS) later(world, atMs, look)
  later(world, forMs, () => {
    world.unstall(name)
    world.outages.end(stallOf(name))
    if (isOutage) world.endOutage(name)
  })
}

/** The machine goes with everything on it that is not on its disk; nobody is told. */
function powerOff(world: World, { node: part, downMs }: Of<'power-off'>): void {
  const node = pick(world.nodes, part)
  if (!node.role.isUp) return
  world.strand(node.role.name)
  world.cut(node.role.name)
  node.machine.losePower()
  node.unit.kernel.damage(nodeTag(node.unit.id), () => UNTOUCHED_KERNEL)
  node.role.losePower(downMs)
  later(world, downMs, () => world.restore(node.role.name))
}

function endWorkload(world: World, { pick: part, exitCode, outOfMemory }: Of<'end-workload'>): void {
  const running = world.nodes.flatMap((node) => node.machine.running().map((id) => ({ node, id })))
  if (running.length === 0) return
  const { node, id } = pick(running, part)
  node.machine.fail(id, exitCode, { outOfMemory, atMs: node.role.clock.wallMs() })
}

function registryAway(world: World, { node: part, forMs }: Of<'registry-away'>): void {
  const { machine } = pick(world.nodes, part)
  machine.isRegistryAway = true
  later(world, forMs, () => (machine.isRegistryAway = false))
}

function diskFull(world: World, { role: chosen, forMs }: Of<'disk-full'>): void {
  const { store, name } = roleOf(world, chosen)
  // Who can write nothing down can take nothing over: to its parent it is as good as away.
  world.outages.begin(name)
  store.isFull = true
  later(world, forMs, () => {
    store.isFull = false
    world.endOutage(name)
  })
}

/** The backup is made now, and put back later. */
function restoreRoot(world: World, { ageMs, downMs }: Of<'restore-root'>): void {
  const { root, users, surroundings } = world
  const backup = root.store.raw.snapshot()
  const madeMs = surroundings.clock.monotonicMs()
  const putBack = () => {
    root.store.raw.restore(backup)
    users.forgotten(madeMs, surroundings.clock.monotonicMs())
  }
  world.pending += 1
  later(world, ageMs, () => {
    world.pending -= 1
    root.stopFor(downMs, putBack)
  })
}

function deploy(world: World, { service: part }: Of<'deploy'>): void {
  const { users, root } = world
  const service = pick(users.services, part)
  // A port can be published once per machine: one of them always finds a place.
  const hasOne = users.isDeploying(service) || rootInstances.all(root.store).some(({ serviceId }) => serviceId === service.id)
  if (!service.plan.hasPort || !hasOne) users.deploy(service)
}

function undeploy(world: World, { service: part, instance }: Of<'undeploy'>): void {
  const service = pick(world.users.services, part)
  const number = numberOf(world, service, instance)
  if (number !== undefined) world.users.undeploy(service, number)
}

function deployAt(world: World, { cluster: part, service: chosen }: Of<'deploy-at-cluster'>): void {
  const { role, unit } = pick(world.clusters, part)
  const service = pick(world.users.services, chosen)
  if (role.isUp && !service.plan.hasPort) world.users.deployAt(unit.unit.running.local.changes, service)
}

/** One of those that the cluster has now, whoever wanted it. */
function undeployAt(world: World, { cluster: part, instance }: Of<'undeploy-at-cluster'>): void {
  const { role, unit } = pick(world.clusters, part)
  const here = placements.all(role.store).map(({ instanceId }) => documentAt(rootInstances, world.root.store, instanceId))
  const known = here.filter((each) => each !== undefined && !each.removing)
  const chosen = known.length > 0 ? pick(known, instance) : undefined
  const service = world.users.services.find(({ id }) => id === chosen?.serviceId)
  if (role.isUp && chosen && service) world.users.undeployAt(unit.unit.running.local.changes, service, chosen.number)
}

function scale(world: World, { service: part, replicas }: Of<'scale'>): void {
  const service = pick(world.users.services, part)
  if (!service.plan.hasPort) world.users.scale(service, replicas)
}

function update(world: World, { service: part, version }: Of<'update'>): void {
  const service = pick(world.users.services, part)
  // What a one-shot has done is done.
  if (!service.plan.oneShot) world.users.update(service, version)
}

function move(world: World, { service: part, instance }: Of<'move'>): void {
  const service = pick(world.users.services, part)
  const number = numberOf(world, service, instance)
  if (number !== undefined && !service.plan.oneShot) world.users.move(service, number)
}

function restart(world: World, { service: part, instance }: Of<'restart'>): void {
  const service = pick(world.users.services, part)
  const number = numberOf(world, service, instance)
  if (number !== undefined) world.users.restart(service, number)
}

function drain(world: World, { node: part, forMs }: Of<'drain'>): void {
  const { unit, cluster } = pick(world.nodes, part)
  world.users.drain({ clusterId: cluster.unit.id, nodeId: unit.id, name: unit.name }, forMs)
}

/** The number of one of the service's instances that nobody asked to be removed. */
function numberOf(world: World, { id }: PlannedService, part: number): number | undefined {
  const own = rootInstances.all(world.root.store).filter(({ serviceId, removing }) => serviceId === id && !removing)
  return own.length > 0 ? pick(own, part).number : undefined
}
