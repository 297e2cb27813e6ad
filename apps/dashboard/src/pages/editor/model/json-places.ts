/** Where a value stands in a text: offsets of its first character and behind its last. */
export interface Place {
  readonly from: number
  readonly to: number
}

/**
 * Finds each value of a JSON text by its path, as violations name it: `applications[0].microservices[1].memory`; the empty path
 * is the whole. The text must be valid JSON. Pure.
 */
export function placesIn(text: string): ReadonlyMap<string, Place> {
  const places = new Map<string, Place>()
  let at = 0
  const skip = () => {
    while (/\s/.test(text.charAt(at))) at += 1
  }
  const string = (): string => {
    const from = at
    at += 1
    while (text.charAt(at) !== '"') at += text.charAt(at) === '\\' ? 2 : 1
    at += 1
    return JSON.parse(text.slice(from, at)) as string
  }
  /** Runs `member` for each until the closing bracket. */
  const members = (close: string, member: (index: number) => void) => {
    at += 1
    skip()
    for (let index = 0; text.charAt(at) !== close; index += 1) {
      member(index)
      skip()
      if (text.charAt(at) === ',') at += 1
      skip()
    }
    at += 1
  }
  const value = (path: string) => {
    skip()
    const from = at
    const first = text.charAt(at)
    if (first === '{') {
      members('}', () => {
        const key = string()
        skip()
        at += 1
        value(path === '' ? key : `${path}.${key}`)
      })
    } else if (first === '[') members(']', (index) => value(`${path}[${index}]`))
    else if (first === '"') string()
    else while (at < text.length && !/[,\]}\s]/.test(text.charAt(at))) at += 1
    places.set(path, { from, to: at })
  }
  value('')
  return places
}

/** The place of a path, or of the nearest that is there: a missing member is shown at the object that lacks it. */
export function placeOf(places: ReadonlyMap<string, Place>, path: string): Place {
  for (let wanted = path; ; wanted = wanted.replace(/(\.?[^.[\]]+|\[\d+\])$/, '')) {
    const found = places.get(wanted)
    if (found) return found
    if (wanted === '') return { from: 0, to: 0 }
  }
}
