export type { Accounts } from './accounts/accounts.ts'
export { fileKeyStore, type KeyStore } from './accounts/key-store.ts'
export { type OpenAccountsOptions, openAccounts } from './accounts/open-accounts.ts'
export { createRoot, ROOT_STORE_COLLECTIONS, type Root, type RootOptions } from './create-root.ts'
