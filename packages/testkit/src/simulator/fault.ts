import type { Chance } from './chance.ts'
import type { Tier } from './role.ts'

/** Which of several: a part of 1, so that it means something however many there are. */
type Pick = number

interface RolePick {
  readonly tier: Tier
  readonly pick: Pick
}

/** A link is named by the child's end. */
interface LinkPick {
  readonly tier: 'cluster' | 'node'
  readonly pick: Pick
}

/** What is done to the system, or asked of it, at one moment. */
export type Act =
  | { readonly do: 'cut'; readonly link: LinkPick; readonly forMs: number }
  | { readonly do: 'delay'; readonly link: LinkPick; readonly delayMs: number; readonly forMs: number }
  | { readonly do: 'break'; readonly link: LinkPick }
  /** Messages are lost, repeated and reordered, as no TCP would. */
  | {
      readonly do: 'garble'
      readonly link: LinkPick
      readonly faults: { readonly loss: number; readonly repetition: number; readonly reordering: number }
      readonly forMs: number
    }
  /** The connection carries nothing, datagrams beside it do. */
  | { readonly do: 'stall'; readonly link: LinkPick; readonly forMs: number }
  | { readonly do: 'kill'; readonly role: RolePick; readonly acts: number; readonly downMs: number }
  | { readonly do: 'stop'; readonly role: RolePick; readonly downMs: number }
  | { readonly do: 'power-off'; readonly node: Pick; readonly downMs: number }
  | { readonly do: 'end-workload'; readonly pick: Pick; readonly exitCode: number; readonly outOfMemory: boolean }
  | { readonly do: 'registry-away'; readonly node: Pick; readonly forMs: number }
  | { readonly do: 'disk-full'; readonly role: RolePick; readonly forMs: number }
  /** Root is put back to what its store was some time ago. */
  | { readonly do: 'restore-root'; readonly ageMs: number; readonly downMs: number }
  | { readonly do: 'set-wall-clock'; readonly role: RolePick; readonly byMs: number }
  | { readonly do: 'deploy'; readonly service: Pick }
  | { readonly do: 'undeploy'; readonly service: Pick; readonly instance: Pick }
  | { readonly do: 'undeploy-all'; readonly service: Pick }
  | { readonly do: 'deploy-at-cluster'; readonly cluster: Pick; readonly service: Pick }
  | { readonly do: 'undeploy-at-cluster'; readonly cluster: Pick; readonly instance: Pick }
  | { readonly do: 'scale'; readonly service: Pick; readonly replicas: number }
  | { readonly do: 'update'; readonly service: Pick; readonly version: number }
  | { readonly do: 'move'; readonly service: Pick; readonly instance: Pick }
  | { readonly do: 'restart'; readonly service: Pick; readonly instance: Pick }
  | { readonly do: 'drain'; readonly node: Pick; readonly forMs: number }

export type Fault = Act & { readonly atMs: number }

type Maker = (chance: Chance) => Act

/** How often each kind happens, against the others. */
export type FaultTable = readonly (readonly [weight: number, make: Maker])[]

const linkPick = (chance: Chance): LinkPick => ({ tier: chance.below(3) === 0 ? 'cluster' : 'node', pick: chance.part() })

function rolePick(chance: Chance): RolePick {
  const tier = chance.weighted([
    [1, 'root'],
    [2, 'cluster'],
    [3, 'node'],
  ] as const)
  return { tier, pick: chance.part() }
}

// From shorter than a lease to longer than a cluster's grace.
const cut: Maker = (chance) => {
  const link = linkPick(chance)
  return { do: 'cut', link, forMs: chance.scaled(200, link.tier === 'node' ? 90_000 : 400_000) }
}
const delay: Maker = (chance) => ({
  do: 'delay',
  link: linkPick(chance),
  delayMs: chance.scaled(20, 2_000),
  forMs: chance.scaled(500, 30_000),
})
const breakOff: Maker = (chance) => ({ do: 'break', link: linkPick(chance) })
const garble: Maker = (chance) => {
  const upTo = (most: number) => (chance.below(2) === 0 ? 0 : Number((chance.part() * most).toFixed(3)))
  const faults = { loss: upTo(0.1), repetition: upTo(0.3), reordering: upTo(0.2) }
  return { do: 'garble', link: linkPick(chance), faults, forMs: chance.scaled(1_000, 60_000) }
}
// Shorter than what it takes until a connection that carries nothing is made anew.
const stall: Maker = (chance) => ({ do: 'stall', link: linkPick(chance), forMs: chance.scaled(500, 25_000) })
const kill: Maker = (chance) => ({ do: 'kill', role: rolePick(chance), acts: chance.between(1, 25), downMs: chance.scaled(50, 40_000) })
const stop: Maker = (chance) => ({ do: 'stop', role: rolePick(chance), downMs: chance.scaled(50, 90_000) })
const powerOff: Maker = (chance) => ({ do: 'power-off', node: chance.part(), downMs: chance.scaled(1_000, 90_000) })
const endWorkload: Maker = (chance) => {
  const outOfMemory = chance.below(3) === 0
  return { do: 'end-workload', pick: chance.part(), exitCode: outOfMemory ? 137 : chance.below(3), outOfMemory }
}
const registryAway: Maker = (chance) => ({ do: 'registry-away', node: chance.part(), forMs: chance.scaled(500, 60_000) })
const diskFull: Maker = (chance) => ({ do: 'disk-full', role: rolePick(chance), forMs: chance.scaled(200, 20_000) })
const restoreRoot: Maker = (chance) => ({ do: 'restore-root', ageMs: chance.scaled(1_000, 60_000), downMs: chance.scaled(100, 10_000) })
const HOUR_MS = 3_600_000
const setWallClock: Maker = (chance) => {
  const byMs = chance.scaled(100, 24 * HOUR_MS)
  return { do: 'set-wall-clock', role: rolePick(chance), byMs: chance.below(2) === 0 ? byMs : -byMs }
}
const deploy: Maker = (chance) => ({ do: 'deploy', service: chance.part() })
const undeploy: Maker = (chance) => ({ do: 'undeploy', service: chance.part(), instance: chance.part() })
const undeployAll: Maker = (chance) => ({ do: 'undeploy-all', service: chance.part() })
const deployAt: Maker = (chance) => ({ do: 'deploy-at-cluster', cluster: chance.part(), service: chance.part() })
const undeployAt: Maker = (chance) => ({ do: 'undeploy-at-cluster', cluster: chance.part(), instance: chance.part() })
const scale: Maker = (chance) => ({ do: 'scale', service: chance.part(), replicas: chance.below(5) })
const update: Maker = (chance) => ({ do: 'update', service: chance.part(), version: chance.below(1_000_000) })
const move: Maker = (chance) => ({ do: 'move', service: chance.part(), instance: chance.part() })
const restart: Maker = (chance) => ({ do: 'restart', service: chance.part(), instance: chance.part() })
const drain: Maker = (chance) => ({ do: 'drain', node: chance.part(), forMs: chance.scaled(1_000, 90_000) })

const USERS: FaultTable = [
  [8, deploy],
  [4, undeploy],
  [1, undeployAll],
  [2, deployAt],
  [1, undeployAt],
  [1, scale],
  [1, update],
]

/** Everything. */
export const ALL_FAULTS: FaultTable = [
  ...USERS,
  [1, move],
  [1, drain],
  [6, cut],
  [3, garble],
  [2, stall],
  [3, delay],
  [3, breakOff],
  [6, kill],
  [3, stop],
  [3, powerOff],
  [4, endWorkload],
  [2, registryAway],
  [2, diskFull],
  [2, setWallClock],
]

/** Everything, and a root that is put back to a backup. */
export const BACKUPS: FaultTable = [...ALL_FAULTS, [3, restoreRoot]]

/** Everything, and people who want things started again. */
export const RESTARTS: FaultTable = [...ALL_FAULTS, [12, restart]]

/** Links come and go while users change things, and nothing else. */
export const PARTITIONS: FaultTable = [...USERS, [12, cut]]

export function makeFault(chance: Chance, atMs: number, table: FaultTable): Fault {
  return { ...chance.weighted(table)(chance), atMs }
}

/** One line for people. */
export function describeFault({ atMs, do: what, ...parameters }: Fault): string {
  const render = ([name, value]: [string, unknown]) => `${name} ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`
  return `${(atMs / 1000).toFixed(3)} s: ${what} ${Object.entries(parameters).map(render).join(', ')}`
}
