export { describeStoreContract, type StoreContractOptions } from './testing/store-contract.ts'
