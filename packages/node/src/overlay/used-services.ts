import type { KnownItems } from './overlay-items.ts'

/** Which of these services have connections, by address. Those without a table are not known to be unused. */
export function usedServices(
  serviceIds: readonly string[],
  { tables }: KnownItems,
  activity: ReadonlyMap<string, number>,
): ReadonlySet<string> {
  const byId = new Map(tables.map((table) => [table.serviceId, table]))
  const isUsed = (address: string | undefined) => address !== undefined && (activity.get(address) ?? 0) > 0
  const used = serviceIds.filter((serviceId) => {
    const table = byId.get(serviceId)
    return table && [...table.addresses, ...table.instances].some(({ v4, v6 }) => isUsed(v4) || isUsed(v6))
  })
  return new Set(used)
}
