import { CliFailure, EXIT } from './failure.ts'

const EXPECTED = 'write key=value to set a label and key- to take it away'

export interface LabelChanges {
  readonly set: readonly string[]
  readonly unset: readonly string[]
}

/** `key=value` sets, `key-` takes away. @throws CliFailure `usage` */
export function parseLabelChanges(words: readonly string[]): LabelChanges {
  const set: string[] = []
  const unset: string[] = []
  for (const word of words) {
    if (word.indexOf('=') > 0) set.push(word)
    else if (/^[^=]+-$/.test(word)) unset.push(word.slice(0, -1))
    else throw new CliFailure(EXIT.usage, `"${word}" is no change of a label`, EXPECTED)
  }
  const twice = [...set.map(keyOf), ...unset].find((key, index, keys) => keys.indexOf(key) !== index)
  if (twice !== undefined) throw new CliFailure(EXIT.usage, `the label ${twice} is changed twice`, EXPECTED)
  return { set, unset }
}

/**
 * The operators' labels after a change: a key has one value.
 * @param configured labels that come from the configuration; they are no operator's to take away
 * @throws CliFailure `usage` for a label that is not there, or not an operator's
 */
export function changedLabels(all: readonly string[], configured: readonly string[], { set, unset }: LabelChanges): readonly string[] {
  const own = all.filter((label) => !configured.includes(label))
  for (const key of unset) {
    if (own.some((label) => keyOf(label) === key)) continue
    const isConfigured = configured.some((label) => keyOf(label) === key)
    const message = isConfigured ? `the label ${key} comes from the node's own configuration` : `there is no label ${key}`
    throw new CliFailure(EXIT.usage, message, isConfigured ? 'change the setting node.labels on its machine' : labelList(all))
  }
  const changed = new Set([...set.map(keyOf), ...unset])
  return [...own.filter((label) => !changed.has(keyOf(label))), ...set].sort()
}

function labelList(labels: readonly string[]): string {
  return labels.length === 0 ? 'it carries no label' : `it carries: ${labels.join(', ')}`
}

function keyOf(label: string): string {
  return label.split('=', 1)[0] ?? ''
}
