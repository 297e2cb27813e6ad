import type { Runtime } from '@oakestra/runtime'
import { commandProbe } from './command-probe.ts'
import { httpProbe } from './http-probe.ts'
import { type HealthProber, type ProbeAnswer, type ProbeTarget } from './prober.ts'
import { tcpProbe } from './tcp-probe.ts'

/** Asks over real connections, and runs commands by the runtime. */
export function createProber(runtime: Runtime): HealthProber {
  return {
    probe: async (target, signal) => {
      try {
        return await ask(runtime, target, signal)
      } catch (thrown) {
        // A path that no request can have, for example: it is as bad as one that nobody answers.
        return { answer: 'bad', reason: thrown instanceof Error ? thrown.message : String(thrown) }
      }
    },
  }
}

function ask(runtime: Runtime, { instanceId, address, probe, timeoutMs }: ProbeTarget, signal: AbortSignal): Promise<ProbeAnswer> {
  switch (probe.kind) {
    case 'http':
      return httpProbe({ address, ...probe }, signal)
    case 'tcp':
      return tcpProbe({ address, ...probe }, signal)
    case 'command':
      return commandProbe(runtime, { instanceId, command: probe.command, timeoutMs }, signal)
  }
}
