import { bestCpuMemFit } from './best-cpu-mem-fit.ts'
import { binpack } from './binpack.ts'
import { ldp } from './ldp.ts'
import type { Policy } from './policy.ts'
import { rom } from './rom.ts'
import { spread } from './spread.ts'

/** Every policy by the name users choose it with. A new one is its file and its line here. */
export const POLICIES = { bestCpuMemFit, binpack, ldp, rom, spread } as const satisfies Readonly<Record<string, Policy>>

export type PolicyName = keyof typeof POLICIES

export const POLICY_DEFAULT: PolicyName = 'bestCpuMemFit'

/** Reads a policy's name as a person wrote it; undefined when there is none of that name. */
export function parsePolicyName(text: string): PolicyName | undefined {
  return Object.keys(POLICIES).find((name) => name === text) as PolicyName | undefined
}
