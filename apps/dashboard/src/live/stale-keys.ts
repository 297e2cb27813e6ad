import type { RecordedEvent } from '@oakestra/model'

/** What a page has asked root for, as keys of its cache. The first word is the kind of thing, the second which one. */
export type CacheKey = readonly [kind: string, id?: string, part?: string]

type Told = Pick<RecordedEvent, 'kind' | 'object' | 'applicationId' | 'serviceId'>

/**
 * What is out of date once something happened. Lists of services hold their instances, so that they change with them. Pure.
 */
export function staleKeys(event: Told): readonly CacheKey[] {
  switch (event.object.type) {
    case 'application':
      return [['applications'], ['services']]
    case 'service':
      return [['applications'], ['services'], ...serviceKeys(event)]
    case 'instance':
      return [['services'], ...serviceKeys(event), ['nodes']]
    case 'cluster':
      return [['clusters'], ['nodes']]
    case 'node':
      return [['nodes'], ['clusters']]
    case 'user':
      return [['users'], ['user'], ['organizations']]
    case 'organization':
      return [['organizations'], ['users'], ['user']]
    case 'setting':
      return [['settings']]
    case 'hook':
    case 'custom-resource':
      return []
    default:
      return []
  }
}

function serviceKeys({ object, serviceId }: Told): readonly CacheKey[] {
  const id = serviceId ?? (object.type === 'service' ? object.id : undefined)
  return id === undefined ? [] : [['service', id]]
}
