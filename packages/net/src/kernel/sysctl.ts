import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { OakError } from '@oakestra/base'
import type { Sysctl } from '../plan/kernel-config.ts'

const ROOT = '/proc/sys'
const V6_FORWARDING = 'net/ipv6/conf/all/forwarding'
const V6_INTERFACES = 'net/ipv6/conf'

/** Values of those that exist, seen from the network namespace the thread is in. */
export function readSysctls(paths: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    paths.flatMap((path) => {
      const value = readSysctl(path)
      return value === undefined ? [] : [[path, value] as const]
    }),
  )
}

/** @throws OakError `unavailable` with the path when the kernel refuses */
export function writeSysctl({ path, value }: Sysctl): void {
  if (path === V6_FORWARDING) keepRouterAdvertisements()
  try {
    writeFileSync(`${ROOT}/${path}`, value)
  } catch (cause) {
    throw new OakError('unavailable', `cannot set ${path} to ${value}`, { cause })
  }
}

function readSysctl(path: string): string | undefined {
  try {
    return readFileSync(`${ROOT}/${path}`, 'utf8').trim()
  } catch {
    return undefined
  }
}

/** A machine that forwards stops listening to routers, and would lose its own way out, unless told otherwise. */
function keepRouterAdvertisements(): void {
  for (const link of readdirSync(`${ROOT}/${V6_INTERFACES}`)) {
    const path = `${V6_INTERFACES}/${link}/accept_ra`
    if (readSysctl(path) === '1') writeFileSync(`${ROOT}/${path}`, '2')
  }
}
