import type { Application } from '@oakestra/model'
import type { NewEvent } from '../record-event.ts'
import type { Touch } from '../touches.ts'

export function applicationEvents({ before, after }: Touch<Application>): readonly NewEvent[] {
  const application = after ?? before
  if (!application) return []
  const about = {
    object: { type: 'application', id: application.id, name: application.name },
    applicationId: application.id,
    owner: application.owner,
  } as const
  if (!before) return [{ kind: 'application.created', ...about, details: { owner: application.owner } }]
  if (!after) return [{ kind: 'application.removed', ...about }]
  const changed = (['name', 'namespace', 'description', 'owner', 'isolated'] as const).filter((member) => before[member] !== after[member])
  return changed.length > 0 ? [{ kind: 'application.changed', ...about, details: { changed } }] : []
}
