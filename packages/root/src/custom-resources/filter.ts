/** Members that a filter names: a path with dots, and the texts one of which the value has to be. */
export type ObjectFilter = ReadonlyMap<string, readonly string[]>

/** Levels of a path: no object is deeper. */
const PATH_PARTS_MAX = 32

/**
 * Whether an object has what a query asks for. A text is compared by the type of what is stored: `3` is the number 3 and the text "3",
 * `true` is true and "true"; a list has what one of its elements is. Upstream compares texts only. `reference/orchestration.md` W-38.
 */
export function matches(body: unknown, filter: ObjectFilter): boolean {
  return [...filter].every(([path, wanted]) => valuesAt(body, path).some((value) => wanted.some((text) => isValue(value, text))))
}

/** What a path leads to: a member of this very name, too, and what is in lists. */
function valuesAt(body: unknown, path: string): readonly unknown[] {
  const direct = memberOf(body, path)
  if (direct !== undefined) return elements(direct)
  const parts = path.split('.', PATH_PARTS_MAX)
  if (parts.length === 1) return []
  return parts.reduce<readonly unknown[]>((found, part) => found.flatMap((each) => elements(memberOf(each, part))), [body])
}

function elements(value: unknown): readonly unknown[] {
  if (value === undefined) return []
  return Array.isArray(value) ? value : [value]
}

function memberOf(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
  return (value as Readonly<Record<string, unknown>>)[key]
}

function isValue(value: unknown, text: string): boolean {
  switch (typeof value) {
    case 'string':
      return value === text
    case 'number':
      return text.trim() !== '' && Number(text) === value
    case 'boolean':
      return text === String(value)
    default:
      return value === null && text === 'null'
  }
}
