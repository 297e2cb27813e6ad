import { ActionIcon, Drawer } from '@mantine/core'
import { useDisclosure, useHotkeys } from '@mantine/hooks'
import { IconMenu2, IconSearch } from '@tabler/icons-react'
import { Outlet, useRouter } from '@tanstack/react-router'
import { lazy, Suspense, useEffect, useState } from 'react'
import { useApp } from '../app-services.ts'
import { AlertBell } from '../infrastructure/bell/alert-bell.tsx'
import { useStanding } from '../session/use-session.ts'
import { Brand } from './brand.tsx'
import { LiveMark } from './live-mark.tsx'
import { Navigation } from './navigation.tsx'
import { PasswordNotice } from './password-notice.tsx'
import { SchemeToggle } from './scheme-toggle.tsx'
import { UserMenu } from './user-menu.tsx'

const Search = lazy(() => import('./search.tsx'))

/** What stands around every page of somebody who is logged in. */
export function Shell() {
  const { live } = useApp()
  const [menuOpen, menu] = useDisclosure(false)
  const search = useSearch()
  useLeaveWhenExpired()
  useEffect(() => {
    live.start()
    return () => live.stop()
  }, [live])
  return (
    <div className="oak-shell">
      <a className="oak-skip" href="#content">
        Skip to the content
      </a>
      <aside className="oak-side">
        <Brand />
        <Navigation />
      </aside>
      <Drawer
        opened={menuOpen}
        onClose={menu.close}
        size={270}
        padding={0}
        title={<Brand />}
        closeButtonProps={{ 'aria-label': 'Close the menu' }}
      >
        <Navigation onChosen={menu.close} />
      </Drawer>
      <div className="oak-main-column">
        <Top openMenu={menu.open} openSearch={search.open} />
        <PasswordNotice />
        <Outlet />
      </div>
      {search.wanted ? (
        <Suspense>
          <Search />
        </Suspense>
      ) : null}
    </div>
  )
}

function Top({ openMenu, openSearch }: { readonly openMenu: () => void; readonly openSearch: () => void }) {
  return (
    <header className="oak-top">
      <ActionIcon className="oak-burger" size="lg" onClick={openMenu} aria-label="Open the menu">
        <IconMenu2 size={20} stroke={1.7} />
      </ActionIcon>
      <button type="button" className="oak-search" onClick={openSearch} aria-label="Search and go to">
        <IconSearch size={15} stroke={1.8} aria-hidden="true" />
        <span>Search and go to…</span>
        <kbd>Ctrl K</kbd>
      </button>
      <span className="oak-top-gap" />
      <LiveMark />
      <AlertBell />
      <SchemeToggle />
      <UserMenu />
    </header>
  )
}

/** Loaded when somebody searches first. */
function useSearch(): { readonly wanted: boolean; readonly open: () => void } {
  const [wanted, setWanted] = useState(false)
  const open = () => {
    setWanted(true)
    void import('./search.tsx').then(({ openSearch }) => openSearch())
  }
  useHotkeys([['/', open]])
  // Also from within a field: there it means nothing else.
  useHotkeys([['mod+K', open]], [])
  return { wanted, open }
}

/** To the login and back to where one was. */
function useLeaveWhenExpired(): void {
  const standing = useStanding()
  const { queries } = useApp()
  const router = useRouter()
  useEffect(() => {
    if (standing.kind === 'in') return
    queries.clear()
    // Read now: once on the way, the place is the login.
    const next = router.state.location.href
    void router.navigate({ to: '/login', search: standing.expired ? { next, expired: true } : {}, replace: true })
  }, [standing, router, queries])
}
