import { OakError } from '@oakestra/base'
import { type GuestNetwork, planGuestNetwork } from '../guest/guest-network.ts'
import { type NamespacePlan, planNamespace, type RoutingPlan, TAP } from '../guest/namespace-plan.ts'
import { lookAtNamespace, openTap } from './guest-tap.ts'
import { runProgram } from './run-program.ts'

/** What a guest in this namespace is told of its network; `undefined` where the namespace has no address to give. */
export function guestNetworkOf(netnsPath: string): GuestNetwork | undefined {
  const link = lookAtNamespace(netnsPath)
  return link && planGuestNetwork(link)
}

/**
 * Makes the guest's link in its namespace. May be repeated.
 * @returns open file of the link; to be closed once QEMU has it
 * @throws OakError `unavailable`
 */
export function openGuestLink(netnsPath: string, network: GuestNetwork): number {
  return openTap(netnsPath, TAP, planNamespace(network).sysctls)
}

/** Leads the instance's addresses to the guest's link. May be repeated. @throws OakError `unavailable`, which says what the namespace refused */
export async function leadToGuest(netnsPath: string, network: GuestNetwork): Promise<void> {
  const plan = planNamespace(network)
  await Promise.all([...plan.routing.map((routing) => setUpRoutes(netnsPath, routing)), setUpTranslation(netnsPath, plan)])
}

async function setUpRoutes(netnsPath: string, { family, tolerant, strict }: RoutingPlan): Promise<void> {
  const commands = [...tolerant, ...strict]
  const { stderr } = await inside(netnsPath, ['ip', family, '-force', '-batch', '-'], `${commands.join('\n')}\n`)
  const failed = failedLines(stderr).filter((line) => line > tolerant.length)
  if (failed.length > 0)
    throw new OakError('unavailable', `the guest's link cannot be set up: ${commands[(failed[0] ?? 1) - 1]}: ${stderr.trim()}`)
}

/** As `ip -batch` says it: `Command failed -:7`. */
function failedLines(stderr: string): readonly number[] {
  return [...stderr.matchAll(/Command failed [^:\n]*:(\d+)/g)].map((match) => Number(match[1]))
}

async function setUpTranslation(netnsPath: string, { nft }: NamespacePlan): Promise<void> {
  const { code, stderr } = await inside(netnsPath, ['nft', '-f', '-'], nft)
  if (code !== 0) throw new OakError('unavailable', `the guest's addresses cannot be translated: ${stderr.trim()}`)
}

function inside(netnsPath: string, command: readonly string[], input: string) {
  return runProgram('nsenter', [`--net=${netnsPath}`, '--', ...command], { input })
}
