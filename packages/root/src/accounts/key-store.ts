import { chmod, mkdir, open, readFile, rename } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Keeps the keys that sign tokens. */
export interface KeyStore {
  /** Undefined before the first `save`. */
  load(): Promise<string | undefined>
  /** Durable when it resolves. */
  save(text: string): Promise<void>
}

/** One file that only its owner may read. */
export function fileKeyStore(file: string): KeyStore {
  return {
    load: () => readFile(file, 'utf8').catch(undefinedWhenAbsent),
    save: async (text) => {
      await mkdir(dirname(file), { recursive: true, mode: 0o700 })
      await writeDurably(`${file}.new`, text)
      await rename(`${file}.new`, file)
    },
  }
}

async function writeDurably(file: string, text: string): Promise<void> {
  await using handle = await open(file, 'w', 0o600)
  await chmod(file, 0o600)
  await handle.writeFile(text)
  await handle.sync()
}

function undefinedWhenAbsent(thrown: unknown): undefined {
  if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return undefined
  throw thrown
}
