import { existsSync } from 'node:fs'

const NEEDED = ['/usr/bin/containerd', '/usr/sbin/nft', '/usr/sbin/ip', '/bin/busybox']

/** Why tests with real containers and networks cannot run here; `undefined` when they can. Says so aloud. */
export function missingRights(): string | undefined {
  const reason = process.getuid?.() === 0 ? missingTools() : 'they need root'
  if (reason) console.warn(`SKIPPED, end-to-end tests: ${reason}`)
  return reason
}

function missingTools(): string | undefined {
  const missing = NEEDED.filter((file) => !existsSync(file))
  return missing.length > 0 ? `not installed: ${missing.join(', ')}` : undefined
}
