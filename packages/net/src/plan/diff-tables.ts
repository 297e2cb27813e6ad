import type { NftChain, NftSet, NftTable } from './kernel-config.ts'
import type { NftChainState, NftTableState } from './kernel-state.ts'
import { renderHook } from './render.ts'
import { ruleDigest } from './rule-digest.ts'
import { difference } from './set-difference.ts'
import type { Step } from './step.ts'

interface TableChange {
  readonly commands: readonly string[]
  readonly added: readonly string[]
  readonly removed: readonly string[]
}

const same = (text: string) => text
const nameOf = ({ name }: { readonly name: string }) => name

/**
 * At most one transaction that turns the tables into the wanted ones, touching only what differs. A table whose skeleton
 * differs is replaced as a whole: connections live in conntrack and notice nothing, only round robin starts anew.
 */
export function diffTables(present: readonly NftTableState[], wanted: readonly NftTable[]): readonly Step[] {
  const id = ({ family, name }: { readonly family: string; readonly name: string }) => `${family} ${name}`
  const changes = [
    ...wanted.map((table) =>
      diffTable(
        present.find((other) => id(other) === id(table)),
        table,
      ),
    ),
    ...difference<NftTableState | NftTable>(present, wanted, id).surplus.map(
      (table): TableChange => ({ commands: [`delete table ${id(table)}`], added: [], removed: [`table ${id(table)}`] }),
    ),
  ]
  const commands = changes.flatMap((change) => change.commands)
  if (commands.length === 0) return []
  const added = changes.flatMap((change) => change.added)
  const removed = changes.flatMap((change) => change.removed)
  return [{ do: 'run-nft', commands: `${commands.join('\n')}\n`, added, removed }]
}

function diffTable(present: NftTableState | undefined, wanted: NftTable): TableChange {
  if (present && hasSameSkeleton(present, wanted)) return adjustTable(present, wanted)
  const id = `${wanted.family} ${wanted.name}`
  return {
    commands: [...(present ? [`delete table ${id}`] : []), `add table ${id}`, ...fillTable(wanted)],
    added: [`table ${id}`],
    removed: [],
  }
}

/** Types of sets and hooks of chains cannot be changed in place. */
function hasSameSkeleton(present: NftTableState, wanted: NftTable): boolean {
  const sets = difference<NftSet>(present.sets, wanted.sets, ({ kind, name, type }) => `${kind} ${name} ${type}`)
  const hooked = ({ hook }: NftChain | NftChainState) => hook !== undefined
  const chains = difference<NftChain | NftChainState>(
    present.chains.filter(hooked),
    wanted.chains.filter(hooked),
    ({ name, hook }) => `${name} ${hook && renderHook(hook)}`,
  )
  return [sets.missing, sets.surplus, chains.missing, chains.surplus].every((list) => list.length === 0)
}

function fillTable(table: NftTable): readonly string[] {
  const id = `${table.family} ${table.name}`
  return [
    ...table.sets.map(({ kind, name, type }) => `add ${kind} ${id} ${name} { type ${type}; }`),
    ...table.chains.map(({ name, hook }) => `add chain ${id} ${name}${hook ? ` { ${renderHook(hook)}; policy accept; }` : ''}`),
    ...table.chains.flatMap((chain) => addRules(id, chain)),
    ...table.sets.flatMap(({ name, elements }) => elementCommand('add', id, name, elements)),
  ]
}

function addRules(id: string, { name, rules }: NftChain): readonly string[] {
  return rules.map((rule) => `add rule ${id} ${name} ${rule} comment "${ruleDigest(rule)}"`)
}

function elementCommand(verb: 'add' | 'delete', id: string, set: string, elements: readonly string[]): readonly string[] {
  return elements.length === 0 ? [] : [`${verb} element ${id} ${set} { ${elements.join(', ')} }`]
}

/** New chains, then contents, then what nothing points to any more. */
function adjustTable(present: NftTableState, wanted: NftTable): TableChange {
  const id = `${wanted.family} ${wanted.name}`
  const chains = difference<NftChain | NftChainState>(present.chains, wanted.chains, nameOf)
  const digests = new Map(present.chains.map((chain) => [chain.name, chain.digests.join()]))
  const changed = wanted.chains.filter(({ name, rules }) => digests.get(name) !== rules.map(ruleDigest).join())
  const created = new Set(chains.missing.map(nameOf))
  const sets = wanted.sets.map((set) => diffSet(present, set))
  return {
    commands: [
      ...chains.missing.map(({ name }) => `add chain ${id} ${name}`),
      ...changed.flatMap((chain) => [...(created.has(chain.name) ? [] : [`flush chain ${id} ${chain.name}`]), ...addRules(id, chain)]),
      ...sets.flatMap(({ name, surplus }) => elementCommand('delete', id, name, surplus)),
      ...sets.flatMap(({ name, missing }) => elementCommand('add', id, name, missing)),
      ...chains.surplus.flatMap(({ name }) => [`flush chain ${id} ${name}`, `delete chain ${id} ${name}`]),
    ],
    added: [...changed.map(({ name }) => `chain ${name}`), ...sets.flatMap(({ name, missing }) => missing.map((e) => `${name} { ${e} }`))],
    removed: [
      ...chains.surplus.map(({ name }) => `chain ${name}`),
      ...sets.flatMap(({ name, surplus }) => surplus.map((element) => `${name} { ${element} }`)),
    ],
  }
}

function diffSet(present: NftTableState, wanted: NftSet) {
  const elements = present.sets.find(({ name }) => name === wanted.name)?.elements ?? []
  return { name: wanted.name, ...difference(elements, wanted.elements, same) }
}
