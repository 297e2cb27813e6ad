import { ActionIcon, Button, Group, Menu, Modal, PasswordInput, Stack } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import type { Api } from '@oakestra/api-client'
import { IconDots, IconKey, IconShield, IconTrash } from '@tabler/icons-react'
import { useState } from 'react'
import { useApp } from '../../app-services.ts'
import { useMe } from '../../session/use-session.ts'
import { useConfirm } from '../../ui/confirm.tsx'
import { ReasonedItem } from '../../ui/menu-item.tsx'
import { useAction } from '../../ui/use-action.ts'
import { givable, isRole, type Role, RoleChoice } from './role-choice.tsx'

/** What can be done to a user. */
export function UserMenu({ user }: { readonly user: Api.User }) {
  const me = useMe()
  const confirm = useConfirm()
  const [editing, edit] = useDisclosure(false)
  const [resetting, reset] = useDisclosure(false)
  const { change, remove } = useUserActions(user)
  const removal = () =>
    confirm.ask({
      title: `Delete ${user.name}?`,
      text: 'They can no longer log in, at once. Their applications stay.',
      verb: 'Delete',
      danger: true,
      act: () => remove.run(),
    })
  return (
    <>
      {confirm.element}
      <RolesDialog user={user} opened={editing} close={edit.close} save={(roles) => change.run({ roles })} />
      <PasswordDialog user={user} opened={resetting} close={reset.close} save={(password) => change.run({ password })} />
      <Menu width={200}>
        <Menu.Target>
          <ActionIcon size={34} aria-label={`Actions for ${user.name}`}>
            <IconDots size={18} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <ReasonedItem icon={<IconShield size={16} />} onClick={edit.open}>
            Roles…
          </ReasonedItem>
          <ReasonedItem icon={<IconKey size={16} />} onClick={reset.open} notNow={whyNoPassword(me.roles, me.userName, user.name)}>
            Set password…
          </ReasonedItem>
          <Menu.Divider />
          <ReasonedItem
            icon={<IconTrash size={16} />}
            danger
            onClick={removal}
            notNow={user.name === me.userName ? 'You cannot delete yourself.' : undefined}
          >
            Delete
          </ReasonedItem>
        </Menu.Dropdown>
      </Menu>
    </>
  )
}

function whyNoPassword(roles: readonly string[], own: string, other: string): string | undefined {
  if (own === other) return 'Yours is changed in your profile.'
  return roles.includes('Admin') ? undefined : 'Only Admins set the passwords of others.'
}

interface UserChange {
  readonly roles?: readonly Role[]
  readonly password?: string
}

function useUserActions({ name, email }: Api.User) {
  const { api } = useApp()
  const params = { userName: name }
  const change = useAction<UserChange>({
    act: (body) => api.call('PUT /api/user/{userName}', { params, body: { name, email, ...body } }),
    done: (_, { roles }) => (roles ? `${name} has other roles from now on` : `${name} has another password, and is asked to change it`),
  })
  const remove = useAction({ act: () => api.call('DELETE /api/user/{userName}', { params }), done: () => `${name} was deleted` })
  return { change, remove }
}

interface DialogProps {
  readonly user: Api.User
  readonly opened: boolean
  readonly close: () => void
}

function RolesDialog({ user, opened, close, save }: DialogProps & { readonly save: (roles: readonly Role[]) => void }) {
  return (
    <Modal opened={opened} onClose={close} title={<strong>Roles of {user.name}</strong>}>
      {opened ? <RolesForm user={user} close={close} save={save} /> : null}
    </Modal>
  )
}

function RolesForm({ user, close, save }: Omit<DialogProps, 'opened'> & { readonly save: (roles: readonly Role[]) => void }) {
  const me = useMe()
  const [roles, setRoles] = useState<readonly Role[]>(user.roles.filter(isRole))
  return (
    <Stack gap="lg">
      <RoleChoice roles={roles} change={setRoles} offered={givable(me.roles)} />
      <Buttons close={close} verb="Save" act={() => save(roles)} />
    </Stack>
  )
}

function PasswordDialog({ user, opened, close, save }: DialogProps & { readonly save: (password: string) => void }) {
  const [password, setPassword] = useState('')
  return (
    <Modal opened={opened} onClose={close} title={<strong>Set the password of {user.name}</strong>}>
      <Stack gap="lg">
        <PasswordInput
          label="New password"
          description="They are asked to choose their own."
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          autoComplete="new-password"
          data-autofocus
        />
        <Buttons
          close={close}
          verb="Set"
          disabled={password === ''}
          act={() => {
            save(password)
            setPassword('')
          }}
        />
      </Stack>
    </Modal>
  )
}

interface ButtonsProps {
  readonly close: () => void
  readonly verb: string
  readonly act: () => void
  readonly disabled?: boolean
}

function Buttons({ close, verb, act, disabled = false }: ButtonsProps) {
  return (
    <Group justify="flex-end" gap="sm">
      <Button variant="default" onClick={close}>
        Cancel
      </Button>
      <Button
        disabled={disabled}
        onClick={() => {
          act()
          close()
        }}
      >
        {verb}
      </Button>
    </Group>
  )
}
