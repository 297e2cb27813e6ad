import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { assert, isId } from '@oakestra/base'
import type { InstanceSpec } from '@oakestra/model'
import type { Mount } from '@oakestra/runtime'

/** Files made for one instance alone: its host names and its resolver configuration. */
export class InstanceFiles {
  readonly #dir: string
  readonly #hostResolvConf: string

  /** @param dir the node's own directory for them */
  constructor(dir: string, hostResolvConf = '/etc/resolv.conf') {
    this.#dir = dir
    this.#hostResolvConf = hostResolvConf
  }

  /** Writes the files and gives the mounts that show them to the workload. */
  async prepare(spec: InstanceSpec, hostname: string): Promise<readonly Mount[]> {
    const dir = this.#of(spec.instanceId)
    await mkdir(dir, { recursive: true, mode: 0o755 })
    const { v4, v6 } = spec.addresses
    const hosts = `127.0.0.1 localhost\n::1 localhost ip6-localhost\n${v4} ${hostname}\n${v6} ${hostname}\n`
    await writeFile(path.join(dir, 'hosts'), hosts)
    await writeFile(path.join(dir, 'hostname'), `${hostname}\n`)
    await writeFile(path.join(dir, 'resolv.conf'), await this.#resolvConf())
    return ['hosts', 'hostname', 'resolv.conf'].map((name) => ({ source: path.join(dir, name), target: `/etc/${name}`, readonly: true }))
  }

  async remove(instanceId: string): Promise<void> {
    await rm(this.#of(instanceId), { recursive: true, force: true })
  }

  #of(instanceId: string): string {
    assert(isId(instanceId), 'an instance id is safe to use in a path')
    return path.join(this.#dir, instanceId)
  }

  /** The machine's own resolvers; without such a file, names are not resolved. */
  async #resolvConf(): Promise<string> {
    try {
      return await readFile(this.#hostResolvConf, 'utf8')
    } catch {
      return ''
    }
  }
}
