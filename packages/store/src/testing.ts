export { createMemoryStore, type MemorySnapshot, type MemoryStore, type MemoryStoreOptions } from './testing/memory-store.ts'
export { describeStoreContract, type StoreContractOptions } from './testing/store-contract.ts'
