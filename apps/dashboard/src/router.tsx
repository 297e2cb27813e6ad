import { createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect } from '@tanstack/react-router'
import type { AppServices } from './app-services.ts'
import { LoginPage } from './pages/login/login-page.tsx'
import { NotFoundPage, PageFailed } from './pages/not-found-page.tsx'
import { Shell } from './shell/shell.tsx'
import { PageBones } from './ui/bones.tsx'

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)

/** Only addresses of this page: a link must not send anybody elsewhere after a login. */
function ownAddress(value: unknown): string | undefined {
  const address = text(value)
  return address && /^\/(?![/\\])/.test(address) ? address : undefined
}

const rootRoute = createRootRoute({ notFoundComponent: NotFoundPage, errorComponent: PageFailed })

const loginRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/login',
  component: LoginPage,
  validateSearch: (search: Record<string, unknown>): { next?: string; expired?: boolean } => {
    const next = ownAddress(search['next'])
    return { ...(next ? { next } : {}), ...(search['expired'] ? { expired: true } : {}) }
  },
})

const resetRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/resetPassword/$token',
  component: lazyRouteComponent(() => import('./pages/login/reset-page.tsx'), 'ResetPage'),
})

/** What a page keeps in its address besides its path, so that a reload shows the same. */
export interface PageSearch {
  readonly tab?: string
  readonly q?: string
  readonly instance?: number
  readonly cluster?: string
  readonly kind?: string
  readonly template?: string
}

function pageSearch(search: Record<string, unknown>): PageSearch {
  const words = (['tab', 'q', 'cluster', 'kind', 'template'] as const).flatMap((key) => {
    const value = search[key]
    return typeof value === 'string' || typeof value === 'number' ? [[key, String(value)] as const] : []
  })
  const instance = Number(search['instance'])
  const numbered = search['instance'] !== undefined && Number.isInteger(instance) && instance >= 0
  return { ...Object.fromEntries(words), ...(numbered ? { instance } : {}) }
}

function createRoutes({ session }: AppServices) {
  const shell = createRoute({
    getParentRoute: () => rootRoute,
    id: 'shell',
    component: Shell,
    validateSearch: pageSearch,
    beforeLoad: ({ location }) => {
      if (session.standing().kind === 'out')
        redirect({ to: '/login', search: location.pathname === '/' ? {} : { next: location.href }, throw: true })
    },
  })
  const page = <Path extends string>(path: Path, component: ReturnType<typeof lazyRouteComponent>) =>
    createRoute({ getParentRoute: () => shell, path, component })
  const index = createRoute({
    getParentRoute: () => shell,
    path: '/',
    beforeLoad: () => {
      redirect({ to: '/applications', replace: true, throw: true })
    },
  })
  return shell.addChildren([
    index,
    page(
      '/applications',
      lazyRouteComponent(() => import('./pages/applications/applications-page.tsx'), 'ApplicationsPage'),
    ),
    page(
      '/applications/new',
      lazyRouteComponent(() => import('./pages/editor/new-application-page.tsx'), 'NewApplicationPage'),
    ),
    page(
      '/applications/$applicationId',
      lazyRouteComponent(() => import('./pages/applications/application-page.tsx'), 'ApplicationPage'),
    ),
    page(
      '/applications/$applicationId/add',
      lazyRouteComponent(() => import('./pages/editor/add-service-page.tsx'), 'AddServicePage'),
    ),
    page(
      '/services',
      lazyRouteComponent(() => import('./pages/services/services-page.tsx'), 'ServicesPage'),
    ),
    page(
      '/services/$serviceId',
      lazyRouteComponent(() => import('./pages/service/service-page.tsx'), 'ServicePage'),
    ),
    page(
      '/services/$serviceId/update',
      lazyRouteComponent(() => import('./pages/editor/update-service-page.tsx'), 'UpdateServicePage'),
    ),
    page(
      '/services/$serviceId/instances/$number',
      lazyRouteComponent(() => import('./pages/instance/instance-page.tsx'), 'InstancePage'),
    ),
    page(
      '/clusters',
      lazyRouteComponent(() => import('./pages/clusters/clusters-page.tsx'), 'ClustersPage'),
    ),
    page(
      '/clusters/$clusterId',
      lazyRouteComponent(() => import('./pages/clusters/cluster-page.tsx'), 'ClusterPage'),
    ),
    page(
      '/nodes',
      lazyRouteComponent(() => import('./pages/nodes/nodes-page.tsx'), 'NodesPage'),
    ),
    page(
      '/topology',
      lazyRouteComponent(() => import('./pages/topology/topology-page.tsx'), 'TopologyPage'),
    ),
    page(
      '/events',
      lazyRouteComponent(() => import('./pages/events/events-page.tsx'), 'EventsPage'),
    ),
    page(
      '/users',
      lazyRouteComponent(() => import('./pages/people/users-page.tsx'), 'UsersPage'),
    ),
    page(
      '/organizations',
      lazyRouteComponent(() => import('./pages/people/organizations-page.tsx'), 'OrganizationsPage'),
    ),
    page(
      '/settings',
      lazyRouteComponent(() => import('./pages/people/settings-page.tsx'), 'SettingsPage'),
    ),
    page(
      '/profile',
      lazyRouteComponent(() => import('./pages/profile/profile-page.tsx'), 'ProfilePage'),
    ),
    page(
      '/help',
      lazyRouteComponent(() => import('./pages/profile/help-page.tsx'), 'HelpPage'),
    ),
  ])
}

export function createAppRouter(services: AppServices) {
  return createRouter({
    routeTree: rootRoute.addChildren([loginRoute, resetRoute, createRoutes(services)]),
    defaultPreload: 'intent',
    defaultPendingComponent: PageBones,
    defaultPendingMs: 120,
    defaultErrorComponent: PageFailed,
    scrollRestoration: true,
  })
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createAppRouter>
  }
}
