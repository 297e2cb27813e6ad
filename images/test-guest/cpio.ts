/** One entry of an initial RAM disk. */
export type CpioEntry =
  | { readonly path: string; readonly content: Uint8Array; readonly mode: number }
  | { readonly path: string; readonly linkTo: string }
  | { readonly path: string; readonly directory: true }

const FILE = 0o100000
const DIRECTORY = 0o040000
const LINK = 0o120000
const TRAILER = 'TRAILER!!!'

/**
 * An archive as Linux unpacks it at start, Documentation/driver-api/early-userspace/buffer-format.rst, "newc". The same input
 * gives the same bytes: no times and owners.
 */
export function cpioArchive(entries: readonly CpioEntry[]): Buffer {
  const numbered = entries.map((entry, index) => cpioEntry(entry, index + 1))
  return Buffer.concat([...numbered, record(TRAILER, 0, 0, Buffer.alloc(0))])
}

function cpioEntry(entry: CpioEntry, inode: number): Buffer {
  if ('directory' in entry) return record(entry.path, inode, DIRECTORY | 0o755, Buffer.alloc(0))
  if ('linkTo' in entry) return record(entry.path, inode, LINK | 0o777, Buffer.from(entry.linkTo))
  return record(entry.path, inode, FILE | entry.mode, entry.content)
}

function record(path: string, inode: number, mode: number, content: Uint8Array): Buffer {
  const name = Buffer.from(`${path}\0`)
  const fields = [inode, mode, 0, 0, 1, 0, content.length, 0, 0, 0, 0, name.length, 0]
  const header = Buffer.from(`070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`)
  return Buffer.concat([padded(Buffer.concat([header, name])), padded(Buffer.from(content))])
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)])
}
