import { Link } from '@tanstack/react-router'
import { Fragment, type ReactNode, useEffect } from 'react'

export interface Crumb {
  readonly text: string
  readonly to: string
}

interface PageProps {
  /** In the tab of the browser; the head shows it too unless `head` says something else. */
  readonly title: string
  readonly head?: ReactNode
  readonly subtitle?: ReactNode
  readonly crumbs?: readonly Crumb[]
  readonly actions?: ReactNode
  readonly children: ReactNode
}

/** A page: where one is, what one can do, and what there is. */
export function Page({ title, head, subtitle, crumbs = [], actions, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · Oakestra`
  }, [title])
  return (
    <main className="oak-page" id="content" tabIndex={-1}>
      <header className="oak-page-head">
        <div>
          <Crumbs crumbs={crumbs} />
          <h1>{head ?? title}</h1>
          {subtitle ? <div className="oak-muted">{subtitle}</div> : null}
        </div>
        {actions ? <div className="oak-page-actions">{actions}</div> : null}
      </header>
      {children}
    </main>
  )
}

function Crumbs({ crumbs }: { readonly crumbs: readonly Crumb[] }) {
  if (crumbs.length === 0) return null
  return (
    <nav className="oak-crumbs" aria-label="Where you are">
      {crumbs.map(({ text, to }) => (
        <Fragment key={to}>
          <Link to={to}>{text}</Link>
          <span aria-hidden="true">/</span>
        </Fragment>
      ))}
    </nav>
  )
}

interface CardProps {
  readonly title?: ReactNode
  readonly actions?: ReactNode
  /** Without it, what is inside reaches the edges, as tables do. */
  readonly padded?: boolean
  readonly children: ReactNode
}

export function Card({ title, actions, padded = true, children }: CardProps) {
  return (
    <section className="oak-card">
      {title ? (
        <div className="oak-card-head">
          <h2>{title}</h2>
          {actions}
        </div>
      ) : null}
      {padded ? <div className="oak-card-body">{children}</div> : children}
    </section>
  )
}

interface Fact {
  readonly name: string
  readonly value: ReactNode
}

/** Names and values, those without a value left out. */
export function Facts({ facts }: { readonly facts: readonly (Fact | false | undefined)[] }) {
  return (
    <dl className="oak-facts">
      {facts.map((fact) =>
        fact ? (
          <Fragment key={fact.name}>
            <dt>{fact.name}</dt>
            <dd>{fact.value}</dd>
          </Fragment>
        ) : null,
      )}
    </dl>
  )
}

export function Figure({ name, value, note }: { readonly name: string; readonly value: ReactNode; readonly note?: ReactNode }) {
  return (
    <dl className="oak-card oak-figure" style={{ margin: 0 }}>
      <dt>{name}</dt>
      <dd>
        {value} {note ? <small>{note}</small> : null}
      </dd>
    </dl>
  )
}
