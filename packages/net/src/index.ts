export { createKernelNetwork, type KernelNetworkOptions } from './kernel/kernel-network.ts'
export type {
  AdmittedClient,
  ApplyReport,
  Attachment,
  Choice,
  GatewayEntry,
  HeardFrom,
  InsightfulNetwork,
  Network,
  NetworkInput,
  NetworkInsight,
  NodePlace,
  Peer,
  ServiceEntry,
  Target,
  Tunnel,
  TunnelWay,
} from './network.ts'
export { NETWORK_LIMITS } from './plan/constants.ts'
export type { KernelConfig } from './plan/kernel-config.ts'
export { planNetwork } from './plan/plan-network.ts'
export { renderKernelConfig } from './plan/render.ts'
export { createKernelSlowPath, type KernelSlowPathOptions } from './slow-path/kernel-slow-path.ts'
export { SLOW_PATH_LIMITS, SlowPath, type SlowPathDevice, type SlowPathOptions, type SlowPathStats } from './slow-path/slow-path.ts'
