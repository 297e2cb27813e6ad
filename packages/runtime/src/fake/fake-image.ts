/** What a fake workload does. */
export interface FakeImage {
  readonly isMissing: boolean
  readonly pullMs: number
  readonly exit?: { readonly code: number; readonly afterMs: number; readonly outOfMemory: boolean }
  /** Does not listen when it is asked to end. */
  readonly isStubborn: boolean
  readonly prints: string
}

/**
 * Reads behaviour out of an image's name: `fake://WORD?parameters`.
 * `run` goes on for ever · `exit?code=3&after=100` ends after that many milliseconds · `oom` ends for its memory ·
 * `missing` does not exist · `stubborn` ignores being asked to end. `pull=500` takes so long to fetch; `print=text` prints.
 * Any other image runs for ever.
 */
export function parseFakeImage(image: string): FakeImage {
  const [word = '', query = ''] = image.replace(/^fake:\/\//, '').split('?')
  const parameters = new URLSearchParams(query)
  const number = (name: string) => Number(parameters.get(name) ?? 0)
  const ends = word === 'exit' || word === 'oom'
  return {
    isMissing: word === 'missing',
    pullMs: number('pull'),
    isStubborn: word === 'stubborn',
    prints: parameters.get('print') ?? '',
    ...(ends && { exit: { code: word === 'oom' ? 137 : number('code'), afterMs: number('after'), outOfMemory: word === 'oom' } }),
  }
}
