import { OakError } from '@oakestra/base'
import { contestedPort, jobName, type Service } from '@oakestra/model'
import type { Reader } from '@oakestra/store'
import { PUBLISHED, services } from './collections.ts'

/**
 * Two services cannot have the same port of a node. What the nodes themselves have on theirs is not known here: a node says so later.
 * @throws OakError `conflict`
 */
export async function refuseTakenPorts(reader: Reader, service: Service): Promise<void> {
  const { gateway } = service.descriptor
  if (!gateway) return
  for (const other of await reader.list(services, { index: 'published', equals: PUBLISHED })) {
    if (other.id === service.id || !other.descriptor.gateway) continue
    const port = contestedPort(gateway, other.descriptor.gateway)
    if (port !== undefined)
      throw new OakError(
        'conflict',
        `port ${port} cannot be published for ${jobName(service)}: ${jobName(other)} has it on the same nodes`,
        {
          details: { port, service: other.id },
        },
      )
  }
}
