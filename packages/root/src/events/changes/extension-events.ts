import type { CustomObject, CustomType } from '../../custom-resources/custom-resource.ts'
import type { Hook } from '../../hooks/hook.ts'
import type { NewEvent } from '../record-event.ts'
import type { Touch } from '../touches.ts'

/** What people decide about a hook; the rest of its record counts what became of it. Its secret is compared and never told. */
const DECIDED = ['name', 'url', 'entity', 'events', 'secret', 'onFailure', 'timeoutMs'] as const

export function hookEvents({ before, after }: Touch<Hook>): readonly NewEvent[] {
  const hook = after ?? before
  if (!hook) return []
  const object = { type: 'hook', id: hook.id, name: hook.name } as const
  if (!before) return [{ kind: 'hook.created', object, details: { entity: hook.entity, events: hook.events } }]
  if (!after) return [{ kind: 'hook.removed', object }]
  const changed = DECIDED.filter((member) => String(before[member]) !== String(after[member]))
  return changed.length > 0 ? [{ kind: 'hook.changed', object, details: { changed } }] : []
}

export function customTypeEvents({ before, after }: Touch<CustomType>): readonly NewEvent[] {
  const type = after ?? before
  if (!type) return []
  return customEvents(before, after, { object: { type: 'custom-resource', id: type.id, name: type.name } })
}

export function customObjectEvents({ before, after }: Touch<CustomObject>): readonly NewEvent[] {
  const thing = after ?? before
  if (!thing || (before && after && before.version === after.version)) return []
  const { id, type, owner } = thing
  return customEvents(before, after, { object: { type: 'custom-resource', id }, owner, details: { type } })
}

function customEvents(before: unknown, after: unknown, about: Omit<NewEvent, 'kind'>): readonly NewEvent[] {
  if (!before) return [{ kind: 'custom-resource.created', ...about }]
  return [{ kind: after ? 'custom-resource.changed' : 'custom-resource.removed', ...about }]
}
