/**
 * Builds the images of the demo application and of the tests out of programs that are on this machine, without any network.
 * Run: `node --import tsx images/build.ts OUTDIR`. Needs Debian's busybox-static. The same input gives the same digests.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildOciImage, busyboxLayer, type LayerEntry, type OciImageInput, ociArchive } from '@oakestra/runtime/oci-archive'

const ENVIRONMENT = ['PATH=/bin']
const [outDir] = process.argv.slice(2)
if (!outDir) {
  process.stderr.write('usage: node --import tsx images/build.ts OUTDIR\n')
  process.exit(2)
}
mkdirSync(outDir, { recursive: true })
for (const image of images(busyboxLayer())) await write(outDir, image)

function images(busybox: readonly LayerEntry[]): readonly OciImageInput[] {
  return [
    {
      name: 'oakestra.local/demo-web:1',
      layers: [busybox, [program('web/index.cgi'), program('web/serve.sh')]],
      // Says who answers on every request: what a balanced address chose becomes visible.
      config: { Env: ENVIRONMENT, Entrypoint: ['/web/serve.sh'], WorkingDir: '/web', ExposedPorts: { '80/tcp': {} } },
    },
    {
      name: 'oakestra.local/demo-client:1',
      layers: [busybox, [program('client/ask.sh')]],
      config: { Env: [...ENVIRONMENT, 'PERIOD=2'], Entrypoint: ['/client/ask.sh'] },
    },
    { name: 'oakestra.local/box:1', layers: [busybox], config: { Env: ENVIRONMENT, Cmd: ['/bin/sh'] } },
  ]
}

/** A script of this directory, executable in the image. */
function program(path: string): LayerEntry {
  return { path, content: readFileSync(join(import.meta.dirname, path)), mode: 0o755 }
}

async function write(dir: string, input: OciImageInput): Promise<void> {
  const image = await buildOciImage(input)
  const file = join(dir, `${input.name.replace(/^.*\/|:.*$/g, '')}.tar`)
  writeFileSync(file, await ociArchive(image))
  process.stdout.write(`${file} ${image.manifest.digest}\n`)
}
