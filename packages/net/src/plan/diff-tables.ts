import type { NftChain, NftSet, NftTable } from './kernel-config.ts'
import type { NftChainState, NftTableState } from './kernel-state.ts'
import { renderHook } from './render.ts'
import { ruleDigest } from './rule-digest.ts'
import { difference } from './set-difference.ts'
import type { Step } from './step.ts'

/** Changes to one table: `main` is atomic together with that of other tables, the runs around it touch nothing in use. */
interface TableChange {
  readonly before: readonly (readonly string[])[]
  readonly main: readonly string[]
  readonly after: readonly (readonly string[])[]
  readonly added: readonly string[]
  readonly removed: readonly string[]
}

/** In one transaction the kernel compares every new chain with every other: 20,000 at once took 33 seconds. */
const CHAINS_PER_RUN = 500

const same = (text: string) => text
const nameOf = ({ name }: { readonly name: string }) => name

/**
 * Turns the tables into the wanted ones, touching only what differs: one transaction, and where very many chains come or
 * go, more before and after it that nothing points to. A table whose skeleton differs is replaced as a whole:
 * connections live in conntrack and notice nothing, only round robin starts anew.
 */
export function diffTables(present: readonly NftTableState[], wanted: readonly NftTable[]): readonly Step[] {
  const changes = [
    ...wanted.map((table) =>
      diffTable(
        present.find((other) => idOf(other) === idOf(table)),
        table,
      ),
    ),
    ...difference<NftTableState | NftTable>(present, wanted, idOf).surplus.map(removeTable),
  ]
  const main = {
    commands: changes.flatMap((change) => change.main),
    added: changes.flatMap((change) => change.added),
    removed: changes.flatMap((change) => change.removed),
  }
  return [
    ...changes.flatMap(({ before }) => before).map((commands) => runNft({ commands })),
    ...(main.commands.length > 0 ? [runNft(main)] : []),
    ...changes.flatMap(({ after }) => after).map((commands) => runNft({ commands })),
  ]
}

function runNft({
  commands,
  added = [],
  removed = [],
}: {
  commands: readonly string[]
  added?: readonly string[]
  removed?: readonly string[]
}): Step {
  return { do: 'run-nft', commands: `${commands.join('\n')}\n`, added, removed }
}

function idOf({ family, name }: { readonly family: string; readonly name: string }): string {
  return `${family} ${name}`
}

function removeTable(table: NftTableState | NftTable): TableChange {
  return { before: [], main: [`delete table ${idOf(table)}`], after: [], added: [], removed: [`table ${idOf(table)}`] }
}

function diffTable(present: NftTableState | undefined, wanted: NftTable): TableChange {
  if (present && hasSameSkeleton(present, wanted)) return adjustTable(present, wanted)
  const skeleton = {
    ...wanted,
    sets: wanted.sets.map((set) => ({ ...set, elements: [] })),
    chains: wanted.chains.filter(isHooked).map(bare),
  }
  const filling = adjustTable(skeleton, wanted)
  const report = { added: [`table ${idOf(wanted)}`], removed: [] }
  const [first, ...others] = [...filling.before, filling.main]
  if (!present) {
    const runs = [[...addSkeleton(wanted), ...(first ?? [])], ...others]
    return { before: runs.slice(0, -1), main: runs.at(-1) ?? [], after: [], ...report }
  }
  const main = [`delete table ${idOf(wanted)}`, ...addSkeleton(wanted), ...filling.before.flat(), ...filling.main]
  return { before: [], main, after: [], ...report }
}

const isHooked = ({ hook }: NftChain | NftChainState) => hook !== undefined

function bare({ name, hook }: NftChain): NftChainState {
  return { name, ...(hook && { hook }), digests: [] }
}

/** Types of sets and hooks of chains cannot be changed in place. */
function hasSameSkeleton(present: NftTableState, wanted: NftTable): boolean {
  const sets = difference<NftSet>(present.sets, wanted.sets, ({ kind, name, type }) => `${kind} ${name} ${type}`)
  const chains = difference<NftChain | NftChainState>(
    present.chains.filter(isHooked),
    wanted.chains.filter(isHooked),
    ({ name, hook }) => `${name} ${hook && renderHook(hook)}`,
  )
  return [sets.missing, sets.surplus, chains.missing, chains.surplus].every((list) => list.length === 0)
}

function addSkeleton(table: NftTable): readonly string[] {
  const id = idOf(table)
  return [
    `add table ${id}`,
    ...table.sets.map((set) => `add ${set.kind} ${id} ${set.name} { ${declarationOf(set)}; }`),
    ...table.chains.flatMap(({ name, hook }) => (hook ? [`add chain ${id} ${name} { ${renderHook(hook)}; policy accept; }`] : [])),
  ]
}

function declarationOf({ type, declaration = `type ${type}`, timeoutSeconds, sizeMax }: NftSet): string {
  if (timeoutSeconds === undefined) return declaration
  const flags = sizeMax === undefined ? 'flags timeout' : `flags dynamic,timeout; size ${sizeMax}`
  return `${declaration}; ${flags}; timeout ${timeoutSeconds}s`
}

function addRules(id: string, { name, rules }: NftChain): readonly string[] {
  return rules.map((rule) => `add rule ${id} ${name} ${rule} comment "${ruleDigest(rule)}"`)
}

function elementCommand(verb: 'add' | 'delete', id: string, set: string, elements: readonly string[]): readonly string[] {
  return elements.length === 0 ? [] : [`${verb} element ${id} ${set} { ${elements.join(', ')} }`]
}

/** New chains, then contents, then what nothing points to any more. */
function adjustTable(present: NftTableState, wanted: NftTable): TableChange {
  const id = idOf(wanted)
  const chains = difference<NftChain | NftChainState>(present.chains, wanted.chains, nameOf)
  const created = new Set(chains.missing.map(nameOf))
  const before = new Map(present.chains.map((chain) => [chain.name, chain]))
  const changed = wanted.chains.filter((chain) => !created.has(chain.name) && !hasSameRules(before.get(chain.name), chain))
  const creations = wanted.chains.filter(({ name }) => created.has(name))
  const sets = wanted.sets.map((set) => diffSet(present, set))
  const ahead = inRuns(creations, (chain) => [`add chain ${id} ${chain.name}`, ...addRules(id, chain)])
  const after = inRuns(chains.surplus, ({ name }) => [`flush chain ${id} ${name}`, `delete chain ${id} ${name}`])
  const contents = [
    ...changed.flatMap((chain) => [`flush chain ${id} ${chain.name}`, ...addRules(id, chain)]),
    ...sets.flatMap(({ name, surplus }) => elementCommand('delete', id, name, surplus)),
    ...sets.flatMap(({ name, missing }) => elementCommand('add', id, name, missing)),
  ]
  return {
    before: ahead.slice(0, -1),
    main: [...(ahead.at(-1) ?? []), ...contents, ...(after[0] ?? [])],
    after: after.slice(1),
    added: [
      ...[...creations, ...changed].map(({ name }) => `chain ${name}`),
      ...sets.flatMap((set) => elementTexts(set.name, set.missing)),
    ],
    removed: [...chains.surplus.map(({ name }) => `chain ${name}`), ...sets.flatMap((set) => elementTexts(set.name, set.surplus))],
  }
}

function hasSameRules(present: NftChainState | undefined, { rules }: NftChain): boolean {
  return present?.digests.length === rules.length && rules.every((rule, at) => ruleDigest(rule) === present.digests[at])
}

function inRuns<Item>(items: readonly Item[], commandsOf: (item: Item) => readonly string[]): readonly (readonly string[])[] {
  const runs: (readonly string[])[] = []
  for (let at = 0; at < items.length; at += CHAINS_PER_RUN) runs.push(items.slice(at, at + CHAINS_PER_RUN).flatMap(commandsOf))
  return runs
}

function elementTexts(set: string, elements: readonly string[]): readonly string[] {
  return elements.map((element) => `${set} { ${element} }`)
}

function diffSet(present: NftTableState, wanted: NftSet) {
  if (wanted.timeoutSeconds !== undefined) return { name: wanted.name, missing: [], surplus: [] }
  const elements = present.sets.find(({ name }) => name === wanted.name)?.elements ?? []
  return { name: wanted.name, ...difference(elements, wanted.elements, same) }
}
