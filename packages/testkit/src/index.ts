export { type Answer, ApiUser, type SeenInstance, type SeenService } from './api-user.ts'
export { type ClusterUnit, type NodeUnit, type System, type SystemOptions, startSystem } from './start-system.ts'
