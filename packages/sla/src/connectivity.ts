import { isId } from '@oakestra/base'
import type { z } from 'zod'
import type { Note } from './descriptor.ts'
import { type Path, pathText } from './violations.ts'
import { listOf, object, text } from './words.ts'

/* Which services a service is connected with: upstream stores it (`reference/orchestration.md` 3.2), here it opens isolated applications. */

// Each stands for instances that are let in one by one: whoever means that many wants no isolation.
const CONNECTIONS_MAX = 256
const EXPECTED = `a list of at most ${CONNECTIONS_MAX} objects with target_microservice_id`

/** `application.namespace.service.namespace`, as names are written everywhere. */
const FULL_NAME = /^[a-zA-Z0-9]{1,30}(\.[a-zA-Z0-9]{1,30}){3}$/

const connection = object(
  {
    target_microservice_id: text.nullish().describe('Id of the other service, or its full name `application.namespace.service.namespace`.'),
  },
  'an object with target_microservice_id',
)

export const connectivitySchema = listOf(connection, EXPECTED)
  .max(CONNECTIONS_MAX, { error: EXPECTED })
  .describe('Services that this one is connected with. In an isolated application they, and nobody else of other applications, get in.')

export type ConnectivityDocument = z.infer<typeof connectivitySchema>

/** The services that are named, each once. The dashboard's form sends empty targets (`reference/experience.md` 1.7). */
export function readConnectivity(documents: ConnectivityDocument, path: Path, notes: Note[]): readonly string[] {
  const targets = documents.flatMap(({ target_microservice_id: target }, index) => {
    if (!target) return []
    if (isId(target) || FULL_NAME.test(target)) return [target]
    const text = 'names no service and has no effect: neither an id nor application.namespace.service.namespace'
    notes.push({ path: pathText([...path, index, 'target_microservice_id']), text })
    return []
  })
  return [...new Set(targets)]
}
