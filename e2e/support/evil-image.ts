import { createHash } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { run } from './oak.ts'

interface Descriptor {
  readonly digest: string
  readonly size: number
}

/**
 * An image whose last layer, and whose archive itself, try to write files out of their directory: through a link of
 * their own, by climbing, and by a whole path. @param target an absolute directory that no file may appear in
 */
export async function buildEvilImage(box: string, dir: string, target: string): Promise<string> {
  const layout = path.join(dir, 'layout')
  await mkdir(layout, { recursive: true })
  await tar('-xf', box, '-C', layout)
  const layer = await readFile(await evilTar(dir, 'layer.tar', target))
  await addLayer(layout, layer)
  const archive = await evilTar(dir, 'evil.tar', target)
  await tar('-rf', archive, '-C', layout, '.')
  return archive
}

async function evilTar(dir: string, name: string, target: string): Promise<string> {
  const file = path.join(dir, name)
  const content = path.join(dir, 'content')
  await writeFile(content, 'evil')
  await run(['ln', '-sfn', target, path.join(dir, 'link')])
  const as = (entry: string) => ['-P', `--transform=s,^content$,${entry},`, 'content']
  await tar('-cf', file, '-C', dir, 'link', ...as('link/through-link'))
  for (const entry of [`${'../'.repeat(12)}${target.slice(1)}/climbed`, `${target}/absolute`])
    await tar('-rf', file, '-C', dir, ...as(entry))
  return file
}

/** Makes the image of a layout one layer higher. */
async function addLayer(layout: string, layer: Buffer): Promise<void> {
  const index = await readJson<{ manifests: Descriptor[] }>(path.join(layout, 'index.json'))
  const manifest = await readJson<{ config: Descriptor; layers: unknown[] }>(blobPath(layout, index.manifests[0]?.digest ?? ''))
  const config = await readJson<{ rootfs: { diff_ids: string[] } }>(blobPath(layout, manifest.config.digest))
  const added = await putBlob(layout, layer)
  config.rootfs.diff_ids.push(added.digest)
  manifest.layers.push({ mediaType: 'application/vnd.oci.image.layer.v1.tar', ...added })
  manifest.config = { ...manifest.config, ...(await putBlob(layout, JSON.stringify(config))) }
  index.manifests = [{ ...index.manifests[0], ...(await putBlob(layout, JSON.stringify(manifest))) }]
  await writeFile(path.join(layout, 'index.json'), JSON.stringify(index))
}

async function putBlob(layout: string, content: Buffer | string): Promise<Descriptor> {
  const digest = `sha256:${createHash('sha256').update(content).digest('hex')}`
  await writeFile(blobPath(layout, digest), content)
  return { digest, size: Buffer.byteLength(content) }
}

function blobPath(layout: string, digest: string): string {
  return path.join(layout, 'blobs', digest.replace(':', '/'))
}

async function readJson<T>(file: string): Promise<T> {
  return JSON.parse(await readFile(file, 'utf8')) as T
}

async function tar(...args: readonly string[]): Promise<void> {
  const ran = await run(['tar', ...args])
  if (ran.code !== 0) throw new Error(`tar ${args.join(' ')}: ${ran.stderr}`)
}
