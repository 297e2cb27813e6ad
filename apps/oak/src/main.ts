import { main } from './cli/main.ts'

// The entry for running from sources; the build has its own, `launcher.ts`, with two bundles and a code cache.
await main(async () => (await import('./daemon/index.ts')).daemonDoor)
