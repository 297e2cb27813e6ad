import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { FOLDER, observabilityFiles } from './observability/files.ts'
import { ROOT } from './source-files.ts'

for (const [path, text] of Object.entries(observabilityFiles())) {
  const file = join(ROOT, FOLDER, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
}
