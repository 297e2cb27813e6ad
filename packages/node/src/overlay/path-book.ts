import { type Logger, toOakError } from '@oakestra/base'
import type { Store } from '@oakestra/store'
import { type PathRecord, pathRecords } from '../state.ts'
import type { Path } from './path.ts'

/** The ways to other nodes that are not as the control plane says, also over a restart of the agent: traffic stays on them. */
export class PathBook {
  readonly #store: Store
  readonly #logger: Logger
  readonly #paths = new Map<string, Path>()

  constructor(store: Store, logger: Logger) {
    this.#store = store
    this.#logger = logger
  }

  async load(): Promise<void> {
    for (const { nodeId, ...path } of await this.#store.read((reader) => reader.list(pathRecords))) this.#paths.set(nodeId, path)
  }

  of(nodeId: string): Path | undefined {
    return this.#paths.get(nodeId)
  }

  /** Counts at once, and is written down when there is time. `undefined`: as the control plane says. */
  keep(nodeId: string, path: Path | undefined): void {
    if (!path && !this.#paths.delete(nodeId)) return
    if (path) this.#paths.set(nodeId, path)
    void this.#write(nodeId, path && { nodeId, ...path })
  }

  async #write(nodeId: string, record: PathRecord | undefined): Promise<void> {
    try {
      await this.#store.write((writer) => (record ? writer.put(pathRecords, record) : writer.remove(pathRecords, nodeId)))
    } catch (thrown) {
      this.#logger.debug('could not note the way to a node', { err: toOakError(thrown).message })
    }
  }
}
