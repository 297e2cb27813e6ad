export { type Answer, ApiUser, type SeenInstance, type SeenService } from './api-user.ts'
export { type ScaleOptions, ScaleSystem } from './scale/scale-system.ts'
export { type HopTraffic, Traffic } from './scale/traffic.ts'
export { type ClusterUnit, type NodeUnit, type System, type SystemOptions, startSystem } from './start-system.ts'
