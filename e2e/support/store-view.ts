import { cp, mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { openSqliteStore } from '@oakestra/store'

/** Documents of one collection in a store of an installation that is stopped. Looks at a copy: the store stays as it is. */
export async function documentsOf(file: string, collection: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const dir = await mkdtemp(path.join(os.tmpdir(), 'oak-store-'))
  try {
    // With its log, in which the newest transactions may still be.
    for (const suffix of ['', '-wal']) await cp(file + suffix, path.join(dir, `store${suffix}`)).catch(ignoreMissing)
    const known = { name: collection, key: (document: Readonly<Record<string, unknown>>) => String(document['id']) }
    await using store = await openSqliteStore({ file: path.join(dir, 'store'), collections: [known] })
    return await store.read((reader) => reader.list(known))
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

function ignoreMissing(thrown: NodeJS.ErrnoException): void {
  if (thrown.code !== 'ENOENT') throw thrown
}
