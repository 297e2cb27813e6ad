import { ActionIcon, Button, Group, Modal, MultiSelect, Select, Stack, TextInput } from '@mantine/core'
import type { Api } from '@oakestra/api-client'
import { IconX } from '@tabler/icons-react'
import { useState } from 'react'
import { useUsers } from '../../api/queries.ts'
import { useApp } from '../../app-services.ts'
import { ROLES, roleName } from '../../session/roles.ts'
import { useAction } from '../../ui/use-action.ts'
import { isRole, type Role } from './role-choice.tsx'

interface MembersDialogProps {
  readonly organization: Api.Organization
  readonly opened: boolean
  readonly close: () => void
}

interface Member {
  readonly user_id: string
  readonly roles: readonly Role[]
}

/** Name, members and their roles: changed here as a whole, sent once. */
export function MembersDialog({ organization, opened, close }: MembersDialogProps) {
  return (
    <Modal opened={opened} onClose={close} size="lg" title={<strong>{organization.name}</strong>}>
      {opened ? <MembersForm organization={organization} close={close} /> : null}
    </Modal>
  )
}

const ROLE_CHOICES = ROLES.map((role) => ({ value: role, label: roleName(role) }))

function MembersForm({ organization, close }: Omit<MembersDialogProps, 'opened'>) {
  const users = useUsers().data ?? []
  const [name, setName] = useState(organization.name)
  const [members, setMembers] = useState<readonly Member[]>(
    organization.member.map((each) => ({ user_id: each.user_id, roles: each.roles.filter(isRole) })),
  )
  const save = useSave(organization, close)
  const nameOf = (id: string) => users.find(({ _id }) => _id.$oid === id)?.name ?? id
  const others = users.filter(({ _id }) => !members.some(({ user_id }) => user_id === _id.$oid))
  const setRoles = (id: string, roles: readonly string[]) =>
    setMembers(members.map((each) => (each.user_id === id ? { ...each, roles: roles.filter(isRole) } : each)))
  return (
    <Stack gap="lg">
      <TextInput
        label="Name"
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        disabled={organization.name === 'root'}
      />
      <div role="group" aria-label="Members">
        <Stack gap="sm">
          {members.map((member) => (
            <Group key={member.user_id} gap="sm" align="flex-start" wrap="nowrap">
              <strong style={{ width: 140, paddingTop: 6, overflowWrap: 'anywhere' }}>{nameOf(member.user_id)}</strong>
              <MultiSelect
                aria-label={`Roles of ${nameOf(member.user_id)}`}
                data={ROLE_CHOICES}
                value={[...member.roles]}
                onChange={(roles) => setRoles(member.user_id, roles)}
                style={{ flex: 1 }}
              />
              <ActionIcon
                size={34}
                aria-label={`Take ${nameOf(member.user_id)} out`}
                onClick={() => setMembers(members.filter((each) => each !== member))}
              >
                <IconX size={16} />
              </ActionIcon>
            </Group>
          ))}
        </Stack>
      </div>
      <Select
        label="Add a member"
        placeholder={others.length === 0 ? 'Everybody is in it' : 'Choose a user'}
        data={others.map(({ _id, name: userName }) => ({ value: _id.$oid, label: userName }))}
        value={null}
        onChange={(id) => id !== null && setMembers([...members, { user_id: id, roles: ['Application_Provider'] }])}
        disabled={others.length === 0}
        searchable
      />
      <Group justify="flex-end" gap="sm">
        <Button variant="default" onClick={close}>
          Cancel
        </Button>
        <Button loading={save.busy} disabled={name.trim() === ''} onClick={() => save.run({ name: name.trim(), member: members })}>
          Save
        </Button>
      </Group>
    </Stack>
  )
}

function useSave({ _id, name }: Api.Organization, close: () => void) {
  const { api } = useApp()
  return useAction<{ readonly name: string; readonly member: readonly Member[] }>({
    act: ({ name: next, member }) => {
      const body = { name: next, member: member.map((each) => ({ ...each })) }
      return api.call('PUT /api/organization/{organizationId}', { params: { organizationId: _id.$oid }, body })
    },
    done: () => `${name} was saved`,
    after: close,
  })
}
