import { Button } from '@mantine/core'
import { ApiError } from '@oakestra/api-client'
import { IconAlertTriangle, IconPlugConnectedX, type TablerIcon } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { failureOf } from '../api/failure.ts'

interface EmptyProps {
  readonly icon: TablerIcon
  readonly title: string
  /** What to do next. */
  readonly children?: ReactNode
  readonly actions?: ReactNode
  readonly tone?: 'bad'
}

/** Nothing to show, and what to do about it. */
export function Empty({ icon: Icon, title, children, actions, tone }: EmptyProps) {
  return (
    <div className="oak-empty" data-tone={tone} role={tone === 'bad' ? 'alert' : undefined}>
      <span className="oak-empty-icon" aria-hidden="true">
        <Icon size={26} stroke={1.6} />
      </span>
      <h2>{title}</h2>
      {children ? <p>{children}</p> : null}
      {actions ? <div className="oak-empty-actions">{actions}</div> : null}
    </div>
  )
}

interface FailedProps {
  readonly error: unknown
  readonly retry?: (() => void) | undefined
  /** The way out, when asking again does not help. */
  readonly back?: { readonly text: string; readonly to: string }
}

/** A call that failed: what root said, and a way out. */
export function Failed({ error, retry, back = { text: 'Go to the applications', to: '/applications' } }: FailedProps) {
  const { title, text, transient } = failureOf(error)
  const away = error instanceof ApiError ? IconAlertTriangle : IconPlugConnectedX
  return (
    <Empty
      icon={away}
      title={title}
      tone="bad"
      actions={
        <>
          {retry ? (
            <Button variant={transient ? 'filled' : 'default'} onClick={retry}>
              Try again
            </Button>
          ) : null}
          <Button variant="default" component={Link} to={back.to}>
            {back.text}
          </Button>
        </>
      }
    >
      {text}
    </Empty>
  )
}
