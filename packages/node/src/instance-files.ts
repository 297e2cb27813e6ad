import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { assert, isId } from '@oakestra/base'
import type { InstanceSpec } from '@oakestra/model'
import type { Mount } from '@oakestra/runtime'

/** Files made for one instance alone: its host names and its resolver configuration. */
export interface InstanceFiles {
  /** Makes the files and gives the mounts that show them to the workload. */
  prepare(spec: InstanceSpec, hostname: string): Promise<readonly Mount[]>
  /** Removing what is not there is no error. */
  remove(instanceId: string): Promise<void>
}

const HOST_RESOLV_CONF = '/etc/resolv.conf'

/** Files on the disk. @param dir the node's own directory for them; made when it is needed */
export function createInstanceFiles(dir: string, hostResolvConf = HOST_RESOLV_CONF): InstanceFiles {
  const dirOf = (instanceId: string) => {
    assert(isId(instanceId), 'an instance id is safe to use in a path')
    return path.join(dir, instanceId)
  }
  return {
    prepare: async (spec, hostname) => {
      // Workloads of any user read their files through it, and list nothing.
      await mkdir(dir, { recursive: true, mode: 0o711 })
      const own = dirOf(spec.instanceId)
      await mkdir(own, { recursive: true, mode: 0o755 })
      const contents = { hosts: hostsFile(spec, hostname), hostname: `${hostname}\n`, 'resolv.conf': await readOrEmpty(hostResolvConf) }
      for (const [name, text] of Object.entries(contents)) await writeFile(path.join(own, name), text)
      return Object.keys(contents).map((name) => ({ source: path.join(own, name), target: `/etc/${name}`, readonly: true }))
    },
    remove: async (instanceId) => rm(dirOf(instanceId), { recursive: true, force: true }),
  }
}

function hostsFile({ addresses: { v4, v6 } }: InstanceSpec, hostname: string): string {
  return `127.0.0.1 localhost\n::1 localhost ip6-localhost\n${v4} ${hostname}\n${v6} ${hostname}\n`
}

/** The machine's own resolvers; without such a file, names are not resolved. */
async function readOrEmpty(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch {
    return ''
  }
}
