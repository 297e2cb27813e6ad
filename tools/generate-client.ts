/**
 * Renews `packages/api-client/src/generated` from `spec/openapi.json`.
 * Run: `npm run generate`. A test compares the two.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type ApiDocument, operationsSource, typesSource } from './client-source.ts'
import { ROOT, read } from './source-files.ts'

/** What the generated files must hold, by their paths from the root of the repository. */
export function generatedClient(): Readonly<Record<string, string>> {
  const document = JSON.parse(read('spec/openapi.json')) as ApiDocument
  return {
    'packages/api-client/src/generated/types.ts': typesSource(document),
    'packages/api-client/src/generated/operations.ts': operationsSource(document),
  }
}

if (process.argv[1] === import.meta.filename) {
  for (const [path, source] of Object.entries(generatedClient())) {
    mkdirSync(dirname(join(ROOT, path)), { recursive: true })
    writeFileSync(join(ROOT, path), source)
    process.stdout.write(`${path}\n`)
  }
}
