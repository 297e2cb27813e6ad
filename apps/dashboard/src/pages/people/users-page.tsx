import { Button, MultiSelect, TextInput } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconSearch, IconUserPlus, IconUsers } from '@tabler/icons-react'
import { useState } from 'react'
import { type Api, useUsers } from '../../api/queries.ts'
import { ROLES, roleName } from '../../session/roles.ts'
import { useMe } from '../../session/use-session.ts'
import { Answered } from '../../ui/answered.tsx'
import { Empty } from '../../ui/empty.tsx'
import { Card, Page } from '../../ui/page.tsx'
import { NewUserDialog } from './new-user-dialog.tsx'
import { UserMenu } from './user-row-menu.tsx'

export function UsersPage() {
  const users = useUsers()
  const [adding, add] = useDisclosure(false)
  return (
    <Page
      title="Users"
      subtitle="Who may log in, and what they may do."
      actions={
        <Button leftSection={<IconUserPlus size={16} />} onClick={add.open}>
          New user
        </Button>
      }
    >
      <NewUserDialog opened={adding} close={add.close} />
      <Card padded={false}>
        <Answered query={users}>{(list) => <UserList users={list} />}</Answered>
      </Card>
    </Page>
  )
}

const ROLE_CHOICES = ROLES.map((role) => ({ value: role, label: roleName(role) }))

function UserList({ users }: { readonly users: readonly Api.User[] }) {
  const [q, setQ] = useState('')
  const [roles, setRoles] = useState<string[]>([])
  const shown = users.filter(
    (user) =>
      `${user.name} ${user.email}`.toLowerCase().includes(q.toLowerCase()) &&
      (roles.length === 0 || user.roles.some((role) => roles.includes(role))),
  )
  return (
    <>
      <div style={{ display: 'flex', flexWrap: 'wrap', gap: 10, padding: '14px 20px 6px' }}>
        <TextInput
          aria-label="Search users"
          placeholder="Search by name or e-mail"
          leftSection={<IconSearch size={15} />}
          value={q}
          onChange={(event) => setQ(event.currentTarget.value)}
          style={{ flex: '1 1 220px', maxWidth: 340 }}
        />
        <MultiSelect
          aria-label="Roles"
          placeholder={roles.length === 0 ? 'Any role' : ''}
          data={ROLE_CHOICES}
          value={roles}
          onChange={setRoles}
          clearable
          style={{ flex: '1 1 220px', maxWidth: 420 }}
        />
      </div>
      {shown.length === 0 ? (
        <Empty icon={users.length === 0 ? IconUsers : IconSearch} title="Nobody matches" />
      ) : (
        <table className="oak-table">
          <thead>
            <tr>
              <th>User</th>
              <th>Roles</th>
              <th>Registered</th>
              <th aria-label="Actions" />
            </tr>
          </thead>
          <tbody>
            {shown.map((user) => (
              <Row key={user._id.$oid} user={user} />
            ))}
          </tbody>
        </table>
      )}
    </>
  )
}

function Row({ user }: { readonly user: Api.User }) {
  const me = useMe()
  return (
    <tr>
      <td data-wide="true">
        <strong>{user.name}</strong> {user.name === me.userName ? <span className="oak-label">you</span> : null}
        <div className="oak-sub">{user.email}</div>
      </td>
      <td data-label="Roles">
        <Roles roles={user.roles} />
      </td>
      <td data-label="Registered" className="oak-number">
        {user.created_at}
      </td>
      <td className="oak-right">
        <UserMenu user={user} />
      </td>
    </tr>
  )
}

export function Roles({ roles }: { readonly roles: readonly string[] }) {
  if (roles.length === 0) return <span className="oak-muted">none</span>
  return (
    <span className="oak-labels">
      {roles.map((role) => (
        <span key={role} className="oak-label">
          {roleName(role)}
        </span>
      ))}
    </span>
  )
}
