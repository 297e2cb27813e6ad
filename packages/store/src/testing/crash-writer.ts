import { pathToFileURL } from 'node:url'
import { openSqliteStore } from '../sqlite.ts'
import type { Collection } from '../store.ts'

interface Mark {
  readonly number: number
  readonly side: 'left' | 'right'
}

export const marks: Collection<Mark> = { name: 'marks', key: (mark) => `${mark.number}/${mark.side}` }

/** Writes pairs until it is killed and prints the number of each pair that was acknowledged. */
async function writeForever(file: string): Promise<never> {
  const store = await openSqliteStore({ file, collections: [marks] })
  for (let number = (await store.read((reader) => reader.count(marks))) + 1; ; number += 1) {
    await store.write(async (writer) => {
      await writer.put(marks, { number, side: 'left' })
      await writer.put(marks, { number, side: 'right' })
    })
    process.stdout.write(`${number}\n`)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

const [, script, file] = process.argv
if (file !== undefined && script !== undefined && import.meta.url === pathToFileURL(script).href) await writeForever(file)
