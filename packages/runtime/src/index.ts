export { createContainerdRuntime } from './containerd/create-runtime.ts'
export type { ContainerdRuntimeOptions, RegistryCredentials, RegistryOptions } from './containerd/options.ts'
export { createLogKeeper, type LogKeeperOptions } from './logs/create-log-keeper.ts'
export type { LogEntry, LogKeeper, LogQuery } from './logs.ts'
export { type ContainerdDaemon, type EnsureContainerdOptions, ensureContainerd, stopPrivateContainerd } from './private-containerd.ts'
export { createQemuRuntime, type QemuRuntimeOptions } from './qemu/create-runtime.ts'
export { guestImageFor } from './qemu/images/reference.ts'
export { removeGuests } from './qemu/remove-guests.ts'
export type { RootFileSystems } from './root-file-systems.ts'
export type {
  ExecOptions,
  ExecResult,
  ImageProgress,
  Mount,
  Runtime,
  RuntimeCheck,
  Workload,
  WorkloadSpec,
  WorkloadState,
} from './runtime.ts'
export { joinRuntimes, runtimeFor, runtimesOf } from './runtimes.ts'
