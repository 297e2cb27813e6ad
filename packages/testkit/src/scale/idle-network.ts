import type { NodeOptions } from '@oakestra/node'

/** A network that takes every configuration and makes nothing of it: for nodes by the thousand, whose kernels are not what is measured. */
export function idleNetwork(): NodeOptions['network'] {
  return {
    apply: async () => ({ added: [], removed: [] }),
    netnsPath: (instanceId) => `/idle/${instanceId}`,
    verify: async () => [],
    explain: async () => [],
    activity: async () => new Map(),
    occupiedPrefixes: async () => [],
    clear: async () => undefined,
    [Symbol.asyncDispose]: async () => undefined,
  }
}
