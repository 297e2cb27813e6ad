/** Who made something happen. A `system` is one of root's own reconcilers; its name says which. */
export interface EventActor {
  readonly kind: 'user' | 'system' | 'cluster' | 'node'
  readonly id?: string
  readonly name?: string
}

/** What kinds of things events speak about. */
export const EVENT_OBJECTS = [
  'application',
  'service',
  'instance',
  'cluster',
  'node',
  'user',
  'organization',
  'hook',
  'custom-resource',
  'setting',
] as const
export type EventObjectType = (typeof EVENT_OBJECTS)[number]

/** The thing an event is about; for an instance the name is that of its service and its number. */
export interface EventObject {
  readonly type: EventObjectType
  readonly id: string
  readonly name?: string
}

/** Every kind of event, and what it says. `docs/events.md` lists them with the fields of their details; a test compares the two. */
export const EVENT_KINDS = {
  'application.created': 'an application was created',
  'application.changed': 'the name or description of an application was changed',
  'application.removed': 'an application was deleted',
  'service.created': 'a service was added to an application',
  'service.revised': 'a service has a new revision, on its way to its instances',
  'service.scaled': 'a service shall have another number of instances',
  'service.rollout': 'an update of a service came to its end, or turned back',
  'service.gateway': 'nodes of a cluster do not publish a service at their ports, or do again',
  'service.removing': 'a service was deleted; its instances end',
  'service.removed': 'a service and everything of it is gone',
  'instance.created': 'an instance was asked for',
  'instance.placed': 'a cluster was chosen for an instance',
  'instance.assigned': 'a node was chosen for an instance',
  'instance.rejected': 'no place was found for an instance, or the reasons changed',
  'instance.leaving': 'an instance is to leave the place it has',
  'instance.status': 'the status of an instance changed',
  'instance.health': 'the health check of an instance says something else',
  'instance.restarting': 'a restart of an instance was asked for',
  'instance.restarted': 'the process of an instance was started again',
  'instance.updating': 'an instance was given another revision of its service',
  'instance.removing': 'the removal of an instance was asked for',
  'instance.removed': 'nothing of an instance is left',
  'cluster.joined': 'a cluster became known',
  'cluster.connected': 'a cluster connected',
  'cluster.disconnected': 'the connection of a cluster ended',
  'cluster.changed': 'an operator changed what counts for a cluster',
  'cluster.capacity': 'the number of active nodes of a cluster changed',
  'cluster.removing': 'the removal of a cluster was asked for',
  'cluster.removed': 'a cluster is forgotten',
  'node.changed': 'an operator changed what counts for a node',
  'node.removing': 'the removal of a node was asked for',
  'user.created': 'a user was created',
  'user.changed': 'what is known of a user changed',
  'user.password': 'the password of a user was changed',
  'user.removed': 'a user was removed',
  'organization.created': 'an organization was created',
  'organization.changed': 'an organization was changed',
  'organization.member': 'a user has other roles in an organization, joined or left it',
  'organization.removed': 'an organization was removed',
  'hook.created': 'a hook was registered',
  'hook.changed': 'a hook was changed',
  'hook.removed': 'a hook was removed',
  'custom-resource.created': 'a custom resource or a type of them was created',
  'custom-resource.changed': 'a custom resource or a type of them was changed',
  'custom-resource.removed': 'a custom resource or a type of them was removed',
  'setting.changed': 'a setting of root was changed',
} as const
export type EventKind = keyof typeof EVENT_KINDS

/** Plain values only, so that an event reads the same everywhere. Never a secret, never the environment of a service. */
export type EventDetails = Readonly<Record<string, string | number | boolean | null | readonly string[]>>

/** One thing that happened. Never changed once it is written. */
export interface RecordedEvent {
  /** Sixteen digits; a later event has a greater id, whatever the wall clock did. */
  readonly id: string
  readonly timeMs: number
  readonly actor: EventActor
  readonly kind: EventKind
  readonly object: EventObject
  readonly applicationId?: string
  readonly serviceId?: string
  readonly instanceNumber?: number
  readonly clusterId?: string
  readonly nodeId?: string
  /** One sentence for people. */
  readonly reason?: string
  readonly details?: EventDetails
}
