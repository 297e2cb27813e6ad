import { existsSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { ROOT, read } from './source-files.ts'

/** A test that a page names as its proof. */
export interface Proof {
  readonly file: string
  readonly title: string
}

/** Tests that a text names: a link to the file, then its titles in quotation marks, as they stand in the file. */
export function proofsIn(page: string, text: string): readonly Proof[] {
  const links = text.matchAll(/\]\(([^)\s]+\.test\.ts)\)((?:[:,]? "[^"]+")*)/g)
  return [...links].flatMap(([, link = '', quoted = '']) => {
    const file = normalize(join(dirname(page), link))
    const titles = [...quoted.matchAll(/"([^"]+)"/g)].map((match) => match[1] ?? '')
    return titles.length === 0 ? [{ file, title: '' }] : titles.map((title) => ({ file, title }))
  })
}

/** What is wrong with a proof, in words; undefined when the test is there. */
export function faultOf({ file, title }: Proof): string | undefined {
  if (!existsSync(join(ROOT, file))) return `${file} does not exist`
  if (title === '') return `${file} is named without a title`
  const source = read(file)
  const isThere = ["'", '"', '`'].some((quote) => source.includes(`${quote}${title}${quote}`))
  return isThere ? undefined : `${file} has no test "${title}"`
}
