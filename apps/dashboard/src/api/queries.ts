import type { Api } from '@oakestra/api-client'
import { infiniteQueryOptions, keepPreviousData, queryOptions, useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { type AppServices, useApp } from '../app-services.ts'

/*
 * What pages ask root for. The keys are those of `live/stale-keys.ts`: events make them stale, so nothing asks twice for
 * what did not change.
 */

type Services = Pick<AppServices, 'api'>

/** More than a screen holds, and little enough to come at once. */
const PAGE = 100
/** As many as a choice may have. */
const NAMED_MAX = 20
/** How full clusters and nodes are is no event: whoever looks at them anew sees it anew. */
const NUMBERS_FRESH_MS = 5_000

export const applicationsQuery = ({ api }: Services) =>
  queryOptions({ queryKey: ['applications'], queryFn: ({ signal }) => api.call('GET /api/applications', { signal }) })

export const servicesQuery = ({ api }: Services) =>
  queryOptions({ queryKey: ['services'], queryFn: ({ signal }) => api.call('GET /api/services', { signal }) })

/** Services that are looked for, page by page. */
export const foundServicesQuery = ({ api }: Services, q: string) =>
  infiniteQueryOptions({
    queryKey: ['services', 'found', q],
    initialPageParam: '',
    queryFn: ({ pageParam, signal }) =>
      api.ask('GET /api/services', { query: { limit: PAGE, ...(q && { q }), ...(pageParam && { cursor: pageParam }) }, signal }),
    getNextPageParam: ({ nextCursor }) => nextCursor,
    placeholderData: keepPreviousData,
  })

/** The first of those that are looked for by name. */
export const namedServicesQuery = ({ api }: Services, q: string) =>
  queryOptions({
    queryKey: ['services', 'named', q],
    queryFn: ({ signal }) => api.call('GET /api/services', { query: { limit: NAMED_MAX, ...(q && { q }) }, signal }),
    placeholderData: keepPreviousData,
  })

export const applicationServicesQuery = ({ api }: Services, applicationId: string) =>
  queryOptions({
    queryKey: ['services', applicationId],
    queryFn: ({ signal }) => api.call('GET /api/services/{applicationId}', { params: { applicationId }, signal }),
  })

export const serviceQuery = ({ api }: Services, serviceId: string) =>
  queryOptions({
    queryKey: ['service', serviceId],
    queryFn: ({ signal }) => api.call('GET /api/service/{serviceId}', { params: { serviceId }, signal }),
  })

export const revisionsQuery = ({ api }: Services, serviceId: string) =>
  queryOptions({
    queryKey: ['service', serviceId, 'revisions'],
    queryFn: ({ signal }) => api.call('GET /api/service/{serviceId}/revisions', { params: { serviceId }, signal }),
  })

export const clustersQuery = ({ api }: Services) =>
  queryOptions({ queryKey: ['clusters'], queryFn: ({ signal }) => api.call('GET /api/clusters', { signal }), staleTime: NUMBERS_FRESH_MS })

export const nodesQuery = ({ api }: Services) =>
  queryOptions({ queryKey: ['nodes'], queryFn: ({ signal }) => api.call('GET /api/nodes', { signal }), staleTime: NUMBERS_FRESH_MS })

export const userQuery = ({ api }: Services, userName: string) =>
  queryOptions({
    queryKey: ['user', userName],
    queryFn: ({ signal }) => api.call('GET /api/user/{userName}', { params: { userName }, signal }),
  })

export const statusQuery = ({ api }: Services) =>
  queryOptions({ queryKey: ['status'], queryFn: ({ signal }) => api.call('GET /api/status', { signal }) })

export const usersQuery = ({ api }: Services) =>
  queryOptions({ queryKey: ['users'], queryFn: ({ signal }) => api.call('GET /api/users', { signal }) })

export const organizationsQuery = ({ api }: Services) =>
  queryOptions({ queryKey: ['organizations'], queryFn: ({ signal }) => api.call('GET /api/organization', { signal }) })

export const settingsQuery = ({ api }: Services) =>
  queryOptions({ queryKey: ['settings'], queryFn: ({ signal }) => api.call('GET /api/settings', { signal }) })

export const unclaimedQuery = ({ api }: Services) =>
  queryOptions({ queryKey: ['clusters', 'unclaimed'], queryFn: ({ signal }) => api.call('GET /api/unclaimed', { signal }) })

export const useApplications = () => useQuery(applicationsQuery(useApp()))
export const useAllServices = () => useQuery(servicesQuery(useApp()))
export const useFoundServices = (q: string) => useInfiniteQuery(foundServicesQuery(useApp(), q))
export const useApplicationServices = (applicationId: string) => useQuery(applicationServicesQuery(useApp(), applicationId))
export const useService = (serviceId: string) => useQuery(serviceQuery(useApp(), serviceId))
export const useRevisions = (serviceId: string) => useQuery(revisionsQuery(useApp(), serviceId))
export const useClusters = () => useQuery(clustersQuery(useApp()))
export const useNodes = () => useQuery(nodesQuery(useApp()))
export const useUser = (userName: string) => useQuery(userQuery(useApp(), userName))
export const useRootStatus = () => useQuery(statusQuery(useApp()))

export const useUsers = () => useQuery(usersQuery(useApp()))
export const useSettings = () => useQuery(settingsQuery(useApp()))
export const useOrganizations = () => useQuery(organizationsQuery(useApp()))

export type { Api }
