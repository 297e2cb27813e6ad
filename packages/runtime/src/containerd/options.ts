import type { Clock, IdGenerator, Logger, Random } from '@oakestra/base'

/** Name and password for one registry. */
export interface RegistryCredentials {
  readonly username: string
  readonly password: string
}

/** How registries are reached. Hosts are written as in an image's name: `registry.example:5000`. */
export interface RegistryOptions {
  readonly credentials?: Readonly<Record<string, RegistryCredentials>>
  /** Base URLs to ask before the registry itself, by registry host. An `http:` mirror is spoken to in the clear. */
  readonly mirrors?: Readonly<Record<string, readonly string[]>>
  /** Hosts spoken to without TLS. Loopback always is. */
  readonly plainHttpHosts?: readonly string[]
}

export interface ContainerdRuntimeOptions {
  /** containerd's gRPC socket, as `ensureContainerd` gives it. */
  readonly socketPath: string
  readonly clock: Clock
  readonly logger: Logger
  readonly ids?: IdGenerator
  readonly random?: Random
  /** containerd's namespace, and the parent of the containers' cgroups: one per agent on a machine. Default `oakestra`. */
  readonly namespace?: string
  /** Default `overlayfs`. */
  readonly snapshotter?: string
  /** Executable of the OCI runtime; containerd's own choice (runc) when absent. */
  readonly ociRuntime?: string
  readonly registry?: RegistryOptions
  /** Processes a container may have when its spec says nothing: stops a fork bomb, enough for a database. Default 4096. */
  readonly pidsDefault?: number
}
