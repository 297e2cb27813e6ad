import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router'
import { AlertsPage } from './alerts/alerts-page.tsx'
import { Frame, Missing } from './frame/frame.tsx'
import { OverviewPage } from './overview/overview-page.tsx'

/** The four pages. What each shows is in its address, as plain words. */
export function createInfrastructureRouter() {
  const root = createRootRoute({ component: Frame, notFoundComponent: Missing, errorComponent: Missing })
  const page = (path: string, component: ReturnType<typeof lazyRouteComponent> | (() => React.ReactNode)) =>
    createRoute({ getParentRoute: () => root, path, component })
  const routeTree = root.addChildren([
    page('/', OverviewPage),
    page('/alerts', AlertsPage),
    page(
      '/metrics-over-time',
      lazyRouteComponent(() => import('./metrics/metrics-page.tsx'), 'MetricsPage'),
    ),
    page(
      '/logs',
      lazyRouteComponent(() => import('./logs/logs-page.tsx'), 'LogsPage'),
    ),
  ])
  return createRouter({
    routeTree,
    parseSearch: (text) => Object.fromEntries(new URLSearchParams(text)),
    stringifySearch: (search) => {
      const text = new URLSearchParams(search as Record<string, string>).toString()
      return text === '' ? '' : `?${text}`
    },
    defaultPreload: 'intent',
  })
}
