/** What canonical JSON can express: JSON's own values; `undefined` members are left out. */
export type CanonicalValue =
  | null
  | boolean
  | number
  | string
  | readonly CanonicalValue[]
  | { readonly [key: string]: CanonicalValue | undefined }

/**
 * Renders a value so that equal values give equal text: keys sorted by code unit, no white space,
 * `undefined` members left out (after RFC 8785, whose number and string forms are ECMAScript's own).
 */
export function canonicalJson(value: CanonicalValue | undefined): string {
  if (value === undefined || value === null || typeof value !== 'object') return JSON.stringify(value ?? null)
  return isList(value) ? listText(value) : recordText(value)
}

function listText(list: readonly CanonicalValue[]): string {
  return `[${list.map(canonicalJson).join(',')}]`
}

function recordText(record: Readonly<Record<string, CanonicalValue | undefined>>): string {
  let text = ''
  for (const key of sortedKeys(record)) {
    const member = record[key]
    if (member !== undefined) text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${canonicalJson(member)}`
  }
  return `{${text}}`
}

/** Mostly they are in order already: whoever made the record by canonical text, or wrote its members that way. */
function sortedKeys(record: object): readonly string[] {
  const keys = Object.keys(record)
  for (let index = 1; index < keys.length; index += 1) {
    if ((keys[index - 1] ?? '') > (keys[index] ?? '')) return keys.sort()
  }
  return keys
}

function isList(value: object): value is readonly CanonicalValue[] {
  return Array.isArray(value)
}
