import { Avatar, Menu, UnstyledButton } from '@mantine/core'
import { IconHelpCircle, IconLogout, IconUserCircle } from '@tabler/icons-react'
import { Link, useNavigate } from '@tanstack/react-router'
import { useApp } from '../app-services.ts'
import { roleName } from '../session/roles.ts'
import { useMe } from '../session/use-session.ts'

export function UserMenu() {
  const { session, queries } = useApp()
  const { userName, roles } = useMe()
  const navigate = useNavigate()
  const leave = () => {
    session.logOut()
    queries.clear()
    void navigate({ to: '/login' })
  }
  return (
    <Menu width={220}>
      <Menu.Target>
        <UnstyledButton aria-label={`${userName}: profile and log out`} style={{ borderRadius: 99 }}>
          <Avatar size={32} radius="xl" color="oak" name={userName} />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          <strong style={{ display: 'block', color: 'var(--oak-text)', fontSize: '0.875rem' }}>{userName}</strong>
          {roles.map(roleName).join(', ')}
        </Menu.Label>
        <Menu.Item component={Link} to="/profile" leftSection={<IconUserCircle size={16} />}>
          Profile
        </Menu.Item>
        <Menu.Item component={Link} to="/help" leftSection={<IconHelpCircle size={16} />}>
          Help
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item onClick={leave} leftSection={<IconLogout size={16} />}>
          Log out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
