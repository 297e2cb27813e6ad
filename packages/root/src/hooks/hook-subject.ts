/** What something is that happens to, of root's own: what else there is are the names of custom types. */
export const OWN_KINDS = ['applications', 'services', 'instances', 'clusters'] as const

/** What changes: its kind, and the id that clients know it by. */
export interface HookSubject {
  /** One of `OWN_KINDS`, or the name of a custom type. */
  readonly kind: string
  /** Absent for what does not exist yet. */
  readonly id?: string
  /** The service of an instance. */
  readonly serviceId?: string
  readonly instanceNumber?: number
}

/**
 * Words of upstream's for what hooks are about. It tells of services as `job` or as `jobs`, depending on who makes them, and of
 * instances as `jobs`, with the id of the service: each word gets all of what it could mean. `reference/orchestration.md` 8.2, W-37.
 */
const UPSTREAM_WORDS: Readonly<Record<string, readonly string[]>> = {
  job: ['services'],
  jobs: ['services', 'instances'],
  resources: ['clusters'],
}

/** Words that no custom type may have as its name, for a hook could not say which one it means. */
export const RESERVED_WORDS: readonly string[] = [...OWN_KINDS, ...Object.keys(UPSTREAM_WORDS)]

export function isAbout(entity: string, { kind }: HookSubject): boolean {
  return entity === kind || (Object.hasOwn(UPSTREAM_WORDS, entity) && UPSTREAM_WORDS[entity]?.includes(kind) === true)
}

/** The body of a call after the change, in the words of the hook. */
export function postBody(entity: string, event: string, subject: HookSubject): Readonly<Record<string, unknown>> {
  const { id, serviceId, instanceNumber } = subject
  const spoken = entity === 'jobs' && serviceId !== undefined ? serviceId : id
  const instance = serviceId === undefined ? {} : { service_id: serviceId, instance_number: instanceNumber }
  return { entity, entity_id: spoken, event, ...instance }
}
