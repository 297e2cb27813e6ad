import type { SimulationOptions, SimulationResult } from './simulate.ts'
import type { JobResult } from './worker.ts'

/** What went wrong, what it needs, and how to see it again. */
export function renderFailure(options: SimulationOptions, { result, needed }: JobResult): string {
  const only = needed ?? options.only
  const replay = [
    `npm run simulate -- --seed ${options.seed} --faults ${options.faults}`,
    ...(options.size ? [`--size ${options.size}`] : []),
    ...(options.campaign && options.campaign !== 'all' ? [`--campaign ${options.campaign}`] : []),
    ...(only ? [`--only ${only.join(',') || '0'}`] : []),
    '--trace',
  ]
  const lines = [
    `seed ${options.seed} failed:`,
    ...result.failures.map((failure) => `  ${failure}`),
    only ? `with only these of its ${options.faults} faults:` : 'faults:',
    ...result.faults.map((fault) => `  ${fault}`),
    'see it again with',
    `  ${replay.join(' ')}`,
  ]
  return `${lines.join('\n')}\n`
}

/** Many runs in one line. */
export function renderSummary(results: readonly SimulationResult[]): string {
  const sum = (of: (result: SimulationResult) => number) => results.reduce((total, result) => total + of(result), 0)
  const bad = results.filter(({ failures }) => failures.length > 0).length
  const hours = (sum(({ virtualMs }) => virtualMs) / 3_600_000).toFixed(1)
  return `${results.length} runs, ${bad} failed; ${sum(({ faults }) => faults.length)} faults, ${sum(({ starts }) => starts)} processes started, ${hours} hours of virtual time\n`
}
