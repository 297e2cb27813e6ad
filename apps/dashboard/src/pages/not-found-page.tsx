import { Button } from '@mantine/core'
import { IconCompass } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { Empty, Failed } from '../ui/empty.tsx'

export function NotFoundPage() {
  return (
    <main className="oak-page">
      <div className="oak-card">
        <Empty
          icon={IconCompass}
          title="There is no such page"
          actions={
            <Button component={Link} to="/applications">
              Go to the applications
            </Button>
          }
        >
          The address may be from an older version, or mistyped.
        </Empty>
      </div>
    </main>
  )
}

/** A mistake of the page itself: the rest of it goes on. */
export function PageFailed({ error, reset }: { readonly error: unknown; readonly reset?: () => void }) {
  return (
    <main className="oak-page">
      <div className="oak-card">
        <Failed error={error} retry={reset} />
      </div>
    </main>
  )
}
