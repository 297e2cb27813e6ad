export { memoryAuthority, memoryIdentity } from './testing/memory-authority.ts'
