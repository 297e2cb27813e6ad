import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { assert, isId } from '@oakestra/base'
import type { InstanceSpec } from '@oakestra/model'
import type { Mount } from '@oakestra/runtime'
import type { NameLookup } from './overlay/names.ts'

/** Files made for one instance alone: its host names and its resolver configuration. */
export interface InstanceFiles {
  /**
   * Makes the files and gives the mounts that show them to the workload.
   * @param lookup who answers it what names mean; absent: the machine's own resolvers
   */
  prepare(spec: InstanceSpec, hostname: string, lookup?: NameLookup): Promise<readonly Mount[]>
  /** Removing what is not there is no error. */
  remove(instanceId: string): Promise<void>
}

const HOST_RESOLV_CONF = '/etc/resolv.conf'
// What older C libraries take (resolv.conf(5)).
const SEARCH_MAX = 6

/** Files on the disk. @param dir the node's own directory for them; made when it is needed */
export function createInstanceFiles(dir: string, hostResolvConf = HOST_RESOLV_CONF): InstanceFiles {
  const dirOf = (instanceId: string) => {
    assert(isId(instanceId), 'an instance id is safe to use in a path')
    return path.join(dir, instanceId)
  }
  return {
    prepare: async (spec, hostname, lookup) => {
      // Workloads of any user read their files through it, and list nothing.
      await mkdir(dir, { recursive: true, mode: 0o711 })
      const own = dirOf(spec.instanceId)
      await mkdir(own, { recursive: true, mode: 0o755 })
      const resolvConf = resolverFile(await readOrEmpty(hostResolvConf), lookup)
      const contents = { hosts: hostsFile(spec, hostname), hostname: `${hostname}\n`, 'resolv.conf': resolvConf }
      for (const [name, text] of Object.entries(contents)) await writeFile(path.join(own, name), text)
      return Object.keys(contents).map((name) => ({ source: path.join(own, name), target: `/etc/${name}`, readonly: true }))
    },
    remove: async (instanceId) => rm(dirOf(instanceId), { recursive: true, force: true }),
  }
}

function hostsFile({ addresses: { v4, v6 } }: InstanceSpec, hostname: string): string {
  return `127.0.0.1 localhost\n::1 localhost ip6-localhost\n${v4} ${hostname}\n${v6} ${hostname}\n`
}

/**
 * Names with fewer than two dots are looked up among neighbours first: `web.dev` is a service, also when the Internet has such
 * a name. The machine's own search domains come last.
 */
function resolverFile(host: string, lookup: NameLookup | undefined): string {
  if (!lookup) return host
  const [, own = ''] = /^search[ \t]+(.*)$/m.exec(host) ?? []
  const search = [...lookup.search, ...own.split(/\s+/).filter(Boolean)].slice(0, SEARCH_MAX)
  return `nameserver ${lookup.server}\nsearch ${search.join(' ')}\noptions ndots:2\n`
}

/** The machine's own resolvers; without such a file, names are not resolved. */
async function readOrEmpty(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch {
    return ''
  }
}
