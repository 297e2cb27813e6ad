import type { MeasuredPath, PathRatios } from './overlay-paths.ts'
import type { FirstConnections, Update } from './overlay-updates.ts'

export interface OverlayResults {
  /** One group per size of the tables; the first way of each is the plain tunnel. */
  readonly groups: readonly (readonly MeasuredPath[])[]
  readonly updates: readonly Update[]
  readonly firsts: readonly FirstConnections[]
}

const SERVICE_ADDRESS = 'service address'
const USER_SPACE = 'user space'

/** Tables in Markdown, and what is to be reached. */
export function renderOverlay({ groups, updates, firsts }: OverlayResults): string {
  const parts = [
    groups.length > 0 && pathTable(groups.flat()),
    updates.length > 0 && updateTable(updates),
    firsts.length > 0 && firstTable(firsts),
    targetTable(groups, firsts),
  ]
  return parts.filter(Boolean).join('\n\n')
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

function pathTable(paths: readonly MeasuredPath[]): string {
  const head = ['Path', 'Services', 'Gbit/s, 1 stream', '4 streams', 'Processor s per GB', 'Round trip µs (p99)', 'New connections per s']
  const rows = paths.map(({ measures, ratios }) => {
    const beside = (value: string, name: keyof PathRatios) => `${value} (${ratios[name].toFixed(2)} ×)`
    return [
      measures.what,
      String(measures.services),
      beside(measures.gbits1.toFixed(2), 'gbits1'),
      beside(measures.gbits4.toFixed(2), 'gbits4'),
      beside(measures.cpuSecondsPerGb.toFixed(2), 'cpuSecondsPerGb'),
      `${beside(measures.roundTripUs.toFixed(1), 'roundTripUs')}, ${measures.roundTripP99Us.toFixed(0)}`,
      beside(measures.connectionsPerSecond.toFixed(0), 'connectionsPerSecond'),
    ]
  })
  return table(head, rows)
}

function updateTable(updates: readonly Update[]): string {
  const rows = updates.map(({ what, services, entries, ms, differences }) => [
    String(services),
    `${entries} ${what}`,
    `${ms.toFixed(0)} ms`,
    differences === 0 ? 'as planned' : `${differences} differences`,
  ])
  return table(['Services', 'Change', 'In the kernel after', 'Listed afterwards'], rows)
}

function firstTable(firsts: readonly FirstConnections[]): string {
  const rows = firsts.map((first) => [
    String(first.services),
    String(first.connections),
    `${first.p50Ms.toFixed(1)} ms, at most ${first.maxMs.toFixed(1)} ms`,
    `${first.knownP50Ms.toFixed(2)} ms`,
    String(first.repeatedPackets),
    String(first.failed),
  ])
  return table(['Services', 'First connections', "Beyond the resolver's answer", 'When known', 'Packets sent again', 'Failed'], rows)
}

/** Of the numbers that the design wants to reach. */
function targetTable(groups: OverlayResults['groups'], firsts: readonly FirstConnections[]): string {
  const through = groups.flat().filter(({ measures }) => measures.what === SERVICE_ADDRESS)
  const worst = (pick: (path: MeasuredPath) => number) => Math.min(...through.map(pick))
  const longest = Math.max(...through.map(({ ratios }) => ratios.roundTripUs))
  const proxy = groups.flat().find(({ measures }) => measures.what === USER_SPACE)?.ratios
  const rows: string[][] = []
  if (through.length > 0) {
    const throughput = Math.min(
      worst(({ ratios }) => ratios.gbits1),
      worst(({ ratios }) => ratios.gbits4),
    )
    rows.push(['Throughput by service address, to the tunnel', '≥ 0.9 ×', `${throughput.toFixed(2)} × at worst`])
    rows.push(['Round trip by service address, to the tunnel', '≤ 1.1 ×', `${longest.toFixed(2)} × at worst`])
  }
  const [few, many] = [through[0]?.ratios, through.at(-1)?.ratios]
  if (few && many && through.length > 1)
    rows.push([
      `Cost with ${through.at(-1)?.measures.services} services, to that with ${through[0]?.measures.services}`,
      'same',
      `throughput ${(many.gbits1 / few.gbits1).toFixed(2)} ×, round trip ${(many.roundTripUs / few.roundTripUs).toFixed(2)} ×`,
    ])
  if (few && proxy) rows.push(['Throughput by service address, to user space', '≥ 30 ×', `${(few.gbits1 / proxy.gbits1).toFixed(0)} ×`])
  for (const { services, maxMs, repeatedPackets } of firsts)
    rows.push([
      `First connection beside ${services} services`,
      "resolver's answer + ≤ 10 ms, nothing sent again",
      `+ ${maxMs.toFixed(1)} ms at most, ${repeatedPackets} sent again`,
    ])
  return table(['What', 'To reach', 'Measured'], rows)
}
