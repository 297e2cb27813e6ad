import type { InsightfulNetwork, NetworkInput } from '../network.ts'
import { sampleAttachment, sampleInput, samplePeer, samplePlace, sampleService } from './sample-input.ts'
import type { TestMachine } from './test-machine.ts'

export interface Campaign {
  /** How often the agent is ended and started anew. */
  readonly restarts: number
  /** How often an instance with its service comes and goes. */
  readonly cycles: number
  /** Number of the first cycle: what a cycle does follows from its number, so a campaign can be gone on with. Default 0. */
  readonly first?: number
  /** Told of each cycle; the campaign ends early, and is compared as it is then, when it gives false. */
  readonly onCycle?: (done: Done) => boolean
}

/** What a campaign has done so far. */
export interface Done {
  readonly restarts: number
  readonly cycles: number
}

/** What a kernel held before and after, as text in which only what is there counts, and not its order. */
export interface Traces {
  readonly before: string
  readonly after: string
  /** When everything of the node was removed: without and with the campaign before. */
  readonly bare: string
  readonly cleared: string
  readonly done: Done
}

/** Ends and starts the agent of a node, lets instances come and go under it, and says what that left in the kernel. */
export async function runCampaign(machine: TestMachine, tag: string, campaign: Campaign): Promise<Traces> {
  const base = baseInput(tag)
  const bare = tracesOf(machine)
  let network: InsightfulNetwork = machine.network(tag)
  await network.apply(base)
  const before = tracesOf(machine)
  const restarted = async () => {
    await network[Symbol.asyncDispose]()
    network = machine.network(tag)
    return network
  }
  const done = await goOn(base, network, restarted, campaign)
  const after = tracesOf(machine)
  await network.clear()
  return { bare, before, after, cleared: tracesOf(machine), done }
}

async function goOn(
  base: NetworkInput,
  begun: InsightfulNetwork,
  restarted: () => Promise<InsightfulNetwork>,
  { restarts, cycles, first = 0, onCycle = () => true }: Campaign,
): Promise<Done> {
  const cyclesPerRestart = Math.ceil(cycles / restarts)
  const done = { restarts: 0, cycles: 0 }
  let network = begun
  for (let cycle = first; cycle < first + cycles; cycle += 1) {
    await network.apply(withGuest(base, cycle))
    await network.apply(base)
    done.cycles += 1
    if (cycle % cyclesPerRestart === 0) {
      network = await restarted()
      await network.apply(base)
      done.restarts += 1
    }
    if (!onCycle(done)) break
  }
  return done
}

function baseInput(tag: string): NetworkInput {
  const place = { ...samplePlace(tag), tunnel: { port: 50_103 } }
  return sampleInput(tag, { place, peers: [samplePeer(1, '192.0.2.9', [1, 2])], asksForUnknown: true })
}

/** One more instance with a published port and a service; on another node every third time. */
function withGuest(base: NetworkInput, cycle: number): NetworkInput {
  const number = 3 + (cycle % 50)
  const services = [...base.services, sampleService(10 + (cycle % 200), cycle % 3 === 0 ? [1] : [number], cycle % 3 === 0 ? 1 : 0)]
  const ports = [{ hostPort: 20_000 + (cycle % 1000), containerPort: 80, protocol: 'tcp' as const }]
  return { ...base, services, attachments: [...base.attachments, sampleAttachment(number, ports)] }
}

function tracesOf(machine: TestMachine): string {
  const words = machine.inventory().split(/[\s,]+/)
  return words
    .filter((word) => word !== '')
    .toSorted()
    .join('\n')
}
