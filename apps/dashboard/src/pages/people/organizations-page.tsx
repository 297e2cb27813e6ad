import { ActionIcon, Button, Group, Menu, Modal, Stack, TextInput } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import type { Api } from '@oakestra/api-client'
import { IconBuilding, IconDots, IconPlus, IconTrash, IconUsersGroup } from '@tabler/icons-react'
import { type FormEvent, useState } from 'react'
import { useOrganizations } from '../../api/queries.ts'
import { useApp } from '../../app-services.ts'
import { Answered } from '../../ui/answered.tsx'
import { useConfirm } from '../../ui/confirm.tsx'
import { Empty } from '../../ui/empty.tsx'
import { ReasonedItem } from '../../ui/menu-item.tsx'
import { Card, Page } from '../../ui/page.tsx'
import { useAction } from '../../ui/use-action.ts'
import { count } from '../../words/amounts.ts'
import { MembersDialog } from './members-dialog.tsx'

/** There is always this one; who names none logs in to it. */
const FIRST_ORGANIZATION = 'root'

export function OrganizationsPage() {
  const organizations = useOrganizations()
  const [adding, add] = useDisclosure(false)
  return (
    <Page
      title="Organizations"
      subtitle="People who share applications. A person may be in several, with other roles in each."
      actions={
        <Button leftSection={<IconPlus size={16} />} onClick={add.open}>
          New organization
        </Button>
      }
    >
      <NewOrganization opened={adding} close={add.close} />
      <Card padded={false}>
        <Answered query={organizations}>
          {(list) =>
            list.length === 0 ? (
              <Empty icon={IconBuilding} title="No organization">
                Create one to share applications between people.
              </Empty>
            ) : (
              <table className="oak-table">
                <thead>
                  <tr>
                    <th>Organization</th>
                    <th>Members</th>
                    <th aria-label="Actions" />
                  </tr>
                </thead>
                <tbody>
                  {list.map((organization) => (
                    <Row key={organization._id.$oid} organization={organization} />
                  ))}
                </tbody>
              </table>
            )
          }
        </Answered>
      </Card>
    </Page>
  )
}

function Row({ organization }: { readonly organization: Api.Organization }) {
  const { api } = useApp()
  const confirm = useConfirm()
  const [managing, manage] = useDisclosure(false)
  const { name } = organization
  const params = { organizationId: organization._id.$oid }
  const remove = useAction({
    act: () => api.call('DELETE /api/organization/{organizationId}', { params }),
    done: () => `${name} was deleted`,
  })
  const removal = () =>
    confirm.ask({
      title: `Delete ${name}?`,
      text: `${count(organization.member.length, 'member')} lose what they share in it. The people stay.`,
      verb: 'Delete',
      danger: true,
      typed: name,
      act: () => remove.run(),
    })
  return (
    <tr>
      <td>
        {confirm.element}
        <MembersDialog organization={organization} opened={managing} close={manage.close} />
        <strong>{name}</strong>
      </td>
      <td data-label="Members">{count(organization.member.length, 'member')}</td>
      <td className="oak-right">
        <Menu width={200}>
          <Menu.Target>
            <ActionIcon size={34} aria-label={`Actions for ${name}`}>
              <IconDots size={18} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <ReasonedItem icon={<IconUsersGroup size={16} />} onClick={manage.open}>
              Name and members…
            </ReasonedItem>
            <Menu.Divider />
            <ReasonedItem
              icon={<IconTrash size={16} />}
              danger
              onClick={removal}
              notNow={name === FIRST_ORGANIZATION ? 'There is always this one.' : undefined}
            >
              Delete
            </ReasonedItem>
          </Menu.Dropdown>
        </Menu>
      </td>
    </tr>
  )
}

function NewOrganization({ opened, close }: { readonly opened: boolean; readonly close: () => void }) {
  const { api } = useApp()
  const [name, setName] = useState('')
  const create = useAction({
    act: () => api.call('POST /api/organization', { body: { name: name.trim(), member: [] } }),
    done: () => `${name.trim()} was created`,
    after: () => {
      setName('')
      close()
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    create.run()
  }
  return (
    <Modal opened={opened} onClose={close} title={<strong>New organization</strong>}>
      <form onSubmit={submit}>
        <Stack gap="lg">
          <TextInput label="Name" value={name} onChange={(event) => setName(event.currentTarget.value)} data-autofocus />
          <Group justify="flex-end" gap="sm">
            <Button variant="default" onClick={close}>
              Cancel
            </Button>
            <Button type="submit" loading={create.busy} disabled={name.trim() === ''}>
              Create
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}
