export { type Answer, ApiUser, type SeenInstance, type SeenService } from './api-user.ts'
export { type ScaleOptions, ScaleSystem, type ScaleView } from './scale/scale-system.ts'
export type { HopTraffic } from './scale/traffic.ts'
export { type ClusterUnit, type NodeUnit, type System, type SystemOptions, startSystem } from './start-system.ts'
