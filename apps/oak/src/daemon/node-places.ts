import { createHash } from 'node:crypto'
import path from 'node:path'
import type { OakConfig } from '../config.ts'
import { DEFAULT_DATA_DIR } from '../places.ts'

/** Where a node keeps its things, and what it calls them. */
export function nodePlaces(config: OakConfig) {
  // Upstream's name for the first node of a machine (`reference/worker.md` 6.1), another for each further one.
  const namespace = config.dataDir === DEFAULT_DATA_DIR ? 'oakestra' : `oakestra-${shortHash(config.dataDir)}`
  const dir = path.join(config.dataDir, 'node')
  return {
    dir,
    identity: path.join(dir, 'identity'),
    store: path.join(dir, 'node.db'),
    logs: path.join(dir, 'logs'),
    containerd: path.join(dir, 'containerd'),
    qemu: path.join(dir, 'qemu'),
    vms: path.join(dir, 'vms'),
    namespace,
    /** Parent of the control groups of guests, beside that of the containers. */
    guests: `${namespace}-guests`,
    virtualMachines: `${namespace}-vms`,
  }
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8)
}
