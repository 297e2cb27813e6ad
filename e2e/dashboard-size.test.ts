import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'

const DIR = path.resolve(import.meta.dirname, '../apps/oak/dist/dashboard')
/** Of compressed JavaScript before the first list is seen: a slow link at the edge brings that in seconds. */
const FIRST_VIEW_BYTES_MAX = 400_000

describe.skipIf(!existsSync(path.join(DIR, 'index.html')))('the built page', () => {
  it('brings less than 400 kB of compressed JavaScript for the first view', () => {
    const files = firstView()
    expect(files.length).toBeGreaterThan(1)
    const bytes = files.reduce((sum, file) => sum + gzipSync(readFileSync(file), { level: 9 }).length, 0)
    expect(bytes).toBeLessThan(FIRST_VIEW_BYTES_MAX)
  })

  it('asks nobody else for anything', () => {
    const html = readFileSync(path.join(DIR, 'index.html'), 'utf8')
    expect(html).not.toMatch(/(src|href)="(https?:)?\/\//)
  })

  it('is there in compressed form', () => {
    const there = firstView().filter((file) => existsSync(`${file}.br`) && existsSync(`${file}.gz`))
    expect(there).toEqual(firstView())
  })
})

/** What the start page loads, and what the page of the applications loads with it. */
function firstView(): readonly string[] {
  const html = readFileSync(path.join(DIR, 'index.html'), 'utf8')
  const entries = [...html.matchAll(/assets\/[\w.-]+\.js/g)].map(([file]) => file)
  const [main = ''] = entries
  const page = /assets\/applications-page-[\w-]+\.js/.exec(readFileSync(path.join(DIR, main), 'utf8'))?.[0] ?? ''
  const seen = new Set<string>()
  const visit = (file: string) => {
    if (seen.has(file) || !existsSync(path.join(DIR, file))) return
    seen.add(file)
    const imports = readFileSync(path.join(DIR, file), 'utf8').matchAll(/(?:from|import)\s*["']\.\/([\w.-]+\.js)["']/g)
    for (const [, name] of imports) visit(`assets/${name}`)
  }
  for (const file of [...entries, page]) visit(file)
  return [...seen].map((file) => path.join(DIR, file))
}
