import { IconKey } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { useUser } from '../api/queries.ts'
import { useMe } from '../session/use-session.ts'

/** The password of the first start is known to a file on root's machine. */
export function PasswordNotice() {
  const { userName } = useMe()
  const user = useUser(userName)
  if (!user.data?.must_change_password) return null
  return (
    <div style={{ padding: '16px 32px 0', maxWidth: 1280, width: '100%', margin: '0 auto' }}>
      <div className="oak-note" data-tone="warn">
        <IconKey size={18} aria-hidden="true" />
        <div>
          You still use the password that was made when root started first.{' '}
          <Link className="oak-link" to="/profile">
            Choose your own
          </Link>
          .
        </div>
      </div>
    </div>
  )
}
