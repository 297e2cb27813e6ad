import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { LayerEntry } from './oci-archive.ts'

const BUSYBOX = '/bin/busybox'

/** A root file system of one program, Debian's busybox-static, under all its names. Needs no network. */
export function busyboxLayer(): readonly LayerEntry[] {
  const names = execFileSync(BUSYBOX, ['--list'], { encoding: 'utf8' }).split('\n')
  const applets = names.filter((name) => name !== '' && name !== 'busybox')
  return [
    { path: 'bin/busybox', content: readFileSync(BUSYBOX), mode: 0o755 },
    ...applets.map((name) => ({ path: `bin/${name}`, linkTo: 'busybox' })),
    { path: 'etc/passwd', content: 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n' },
    { path: 'etc/group', content: 'root:x:0:\nnogroup:x:65534:\n' },
    { path: 'tmp', directory: true, mode: 0o1777 },
    { path: 'root', directory: true, mode: 0o700 },
  ]
}
