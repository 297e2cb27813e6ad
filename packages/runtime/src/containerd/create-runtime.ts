import { availableParallelism } from 'node:os'
import { randomIds, realRandom } from '@oakestra/base'
import type { RootFileSystems } from '../root-file-systems.ts'
import type { Runtime } from '../runtime.ts'
import { Cgroups } from './cgroups.ts'
import { ContainerdClient } from './client.ts'
import { ContainerdRuntime } from './containerd-runtime.ts'
import { Containers } from './containers.ts'
import { ContentStore } from './content-store.ts'
import { Executor } from './exec.ts'
import { ImageInstaller } from './images/installer.ts'
import { platformOf } from './images/manifest.ts'
import { ImagePuller } from './images/puller.ts'
import { ImageStore } from './images/store.ts'
import type { ContainerdRuntimeOptions } from './options.ts'
import { ContainerdRootFileSystems } from './root-file-systems.ts'
import { Snapshots } from './snapshots.ts'
import { observeMachine } from './spec/machine.ts'
import { Starter } from './starter.ts'
import { Tasks } from './tasks.ts'
import { UsageMeter } from './usage-meter.ts'
import { WorkloadStates } from './workload-states.ts'

/** Runs containers, and lends the root file systems of their images to whoever runs them otherwise. */
export interface ContainerRuntime extends Runtime {
  readonly rootFileSystems: RootFileSystems
}

const PIDS_DEFAULT = 4096

/**
 * Runs containers through containerd. The daemon need not answer yet: `check` says whether it does.
 * Disposing lets go of the daemon and leaves everything running.
 */
export async function createContainerdRuntime(options: ContainerdRuntimeOptions): Promise<ContainerRuntime> {
  const { socketPath, clock, logger, ids = randomIds, random = realRandom, namespace = 'oakestra', ociRuntime } = options
  const platform = platformOf(process.arch)
  const machine = await observeMachine(platform.architecture)
  const client = new ContainerdClient({ socketPath, namespace, clock })
  const leases = { client, clock, ids, held: new Set<string>() }
  const content = new ContentStore(client)
  const snapshots = new Snapshots({ client, ids, snapshotter: options.snapshotter ?? 'overlayfs' })
  const store = new ImageStore({ client, content, snapshots, platform })
  const installer = new ImageInstaller({ content, snapshots, platform })
  const containers = new Containers(client)
  const tasks = new Tasks(client)
  const cgroups = new Cgroups(machine.cgroups, `/${namespace}`, clock)
  const puller = new ImagePuller({ leases, store, content, installer, registry: options.registry ?? {}, logger })
  const pidsDefault = options.pidsDefault ?? PIDS_DEFAULT
  return new ContainerdRuntime({
    socketPath,
    client,
    clock,
    random,
    logger,
    containers,
    tasks,
    snapshots,
    cgroups,
    leases,
    puller,
    rootFileSystems: new ContainerdRootFileSystems({ puller, images: store, snapshots, leases, ids }),
    states: new WorkloadStates({ containers, tasks, cgroups, logger }),
    starter: new Starter({ leases, images: store, snapshots, containers, tasks, cgroups, machine, pidsDefault, ociRuntime }),
    executor: new Executor({ client, containers, clock, ids }),
    meter: new UsageMeter({ cgroups, snapshots, clock, cpuCount: availableParallelism() }),
  })
}
