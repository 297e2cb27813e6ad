import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createInstanceFiles } from './instance-files.ts'
import type { NameLookup } from './overlay/names.ts'
import { sampleSpec } from './testing/sample-spec.ts'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(path.join(os.tmpdir(), 'oak-files-'))
  await writeFile(path.join(dir, 'resolv.conf'), 'search example.test lan\nnameserver 192.0.2.53\noptions edns0\n')
})
afterEach(() => rm(dir, { recursive: true, force: true }))

async function resolvConf(lookup?: NameLookup): Promise<string> {
  const files = createInstanceFiles(path.join(dir, 'instances'), path.join(dir, 'resolv.conf'))
  const mounts = await files.prepare(sampleSpec(), 'web-0', lookup)
  const mount = mounts.find(({ target }) => target === '/etc/resolv.conf')
  return readFile(mount?.source ?? '', 'utf8')
}

it('lets an instance ask its own node, and look among its neighbours first', async () => {
  const search = ['prod.shop.live.oak', 'shop.live.oak', 'oak']
  expect(await resolvConf({ server: '10.18.0.1', search })).toBe(
    'nameserver 10.18.0.1\nsearch prod.shop.live.oak shop.live.oak oak example.test lan\noptions ndots:2\n',
  )
})

it('lets an instance ask whom its machine asks, where nobody answers on the node', async () => {
  expect(await resolvConf()).toContain('nameserver 192.0.2.53')
})
