import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { type Pack, pack } from 'tar-stream'

/** One entry of an image's root file system. Directories that lead to it are made. */
export type LayerEntry =
  | { readonly path: string; readonly content: string | Uint8Array; readonly mode?: number }
  | { readonly path: string; readonly linkTo: string }
  | { readonly path: string; readonly directory: true; readonly mode?: number }

export interface OciImageInput {
  /** What tools that import the archive call it. */
  readonly name: string
  /** In the image specification's words. Default: this machine's. */
  readonly architecture?: string
  readonly layers: readonly (readonly LayerEntry[])[]
  /** As in an image's configuration: `Entrypoint`, `Cmd`, `Env`, `User`, `WorkingDir`, `StopSignal`. */
  readonly config: Readonly<Record<string, unknown>>
}

export interface Blob {
  readonly mediaType: string
  readonly digest: string
  readonly size: number
  readonly bytes: Buffer
}

/** An image as the pieces a registry serves. */
export interface OciImage {
  readonly manifest: Blob
  readonly blobs: readonly Blob[]
  readonly name: string
}

/** Builds an image. The same input gives the same digests on every machine: no times, owners or orders from outside. */
export async function buildOciImage(input: OciImageInput): Promise<OciImage> {
  const tars = await Promise.all(input.layers.map(tarLayer))
  const layers = tars.map((tar) => blob('application/vnd.oci.image.layer.v1.tar+gzip', gzipSync(tar, { level: 9 })))
  const config = jsonBlob('application/vnd.oci.image.config.v1+json', {
    architecture: input.architecture ?? architectureWord(),
    os: 'linux',
    config: input.config,
    rootfs: { type: 'layers', diff_ids: tars.map(digestOf) },
  })
  const mediaType = 'application/vnd.oci.image.manifest.v1+json'
  const manifest = jsonBlob(mediaType, { schemaVersion: 2, mediaType, config: describe(config), layers: layers.map(describe) })
  return { manifest, blobs: [config, ...layers, manifest], name: input.name }
}

/** Writes an image as one file that every tool imports. OCI image specification, "Image Layout". */
export async function ociArchive(image: OciImage): Promise<Buffer> {
  const annotations = { 'io.containerd.image.name': image.name, 'org.opencontainers.image.ref.name': image.name }
  const index = { schemaVersion: 2, manifests: [{ ...describe(image.manifest), annotations }] }
  return tar([
    { path: 'oci-layout', content: '{"imageLayoutVersion":"1.0.0"}', mode: 0o644 },
    { path: 'index.json', content: JSON.stringify(index), mode: 0o644 },
    ...image.blobs.map(({ digest, bytes }) => ({ path: `blobs/${digest.replace(':', '/')}`, content: bytes, mode: 0o644 })),
  ])
}

/** Any entries as a tar file. */
export function tar(entries: readonly LayerEntry[]): Promise<Buffer> {
  const stream = pack()
  const bytes = collect(stream)
  for (const entry of entries) add(stream, entry)
  stream.finalize()
  return bytes
}

function tarLayer(entries: readonly LayerEntry[]): Promise<Buffer> {
  const named = new Set(entries.map((entry) => entry.path))
  const parents = new Set(entries.flatMap((entry) => ancestors(entry.path)))
  const made = [...parents].filter((path) => !named.has(path)).map((path): LayerEntry => ({ path, directory: true }))
  return tar([...made, ...entries].toSorted((one, other) => (one.path < other.path ? -1 : 1)))
}

function ancestors(path: string): readonly string[] {
  const parts = path.split('/')
  return parts.slice(1).map((_, count) => parts.slice(0, count + 1).join('/'))
}

function add(stream: Pack, entry: LayerEntry): void {
  const common = { name: entry.path, mtime: new Date(0), uid: 0, gid: 0 }
  if ('linkTo' in entry) stream.entry({ ...common, type: 'symlink', linkname: entry.linkTo, mode: 0o777 }, '')
  else if ('directory' in entry) stream.entry({ ...common, type: 'directory', mode: entry.mode ?? 0o755 }, '')
  else stream.entry({ ...common, mode: entry.mode ?? 0o644 }, Buffer.from(entry.content))
}

async function collect(stream: Pack): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  // Its type does not say what its documentation does: that it can be iterated.
  for await (const piece of stream as unknown as AsyncIterable<Uint8Array>) pieces.push(piece)
  return Buffer.concat(pieces)
}

/** A document of an image. */
export function jsonBlob(mediaType: string, value: unknown): Blob {
  return blob(mediaType, Buffer.from(JSON.stringify(value)))
}

function blob(mediaType: string, bytes: Buffer): Blob {
  return { mediaType, digest: digestOf(bytes), size: bytes.length, bytes }
}

function describe({ mediaType, digest, size }: Blob): Omit<Blob, 'bytes'> {
  return { mediaType, digest, size }
}

function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}

function architectureWord(): string {
  return process.arch === 'x64' ? 'amd64' : process.arch
}
