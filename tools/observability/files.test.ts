import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { DEFAULT_RULES } from '@oakestra/observability'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { ROOT, read } from '../source-files.ts'
import { FOLDER, observabilityFiles } from './files.ts'

describe('files for other monitoring programs', () => {
  it('are those that the code makes', () => {
    for (const [path, text] of Object.entries(observabilityFiles())) {
      expect(read(join(FOLDER, path)), `${path} differs: run npm run generate`).toBe(text)
    }
  })

  it('hold every rule, and parse', () => {
    const { groups } = parse(read(join(FOLDER, 'prometheus/oakestra.rules.yml'))) as { groups: { rules: { alert: string }[] }[] }
    expect(groups[0]?.rules.map(({ alert }) => alert)).toEqual(DEFAULT_RULES.map(({ name }) => name))
    const files = readdirSync(join(ROOT, FOLDER), { recursive: true, encoding: 'utf8' })
    for (const file of files.filter((name) => /\.(yml|json)$/.test(name)))
      expect(() => void parse(read(join(FOLDER, file))), file).not.toThrow()
  })
})
