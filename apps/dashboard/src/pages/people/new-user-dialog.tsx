import { Alert, Button, Group, Modal, PasswordInput, Stack, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { failureOf } from '../../api/failure.ts'
import { useApp } from '../../app-services.ts'
import { useMe } from '../../session/use-session.ts'
import { givable, type Role, RoleChoice } from './role-choice.tsx'

interface NewUserDialogProps {
  readonly opened: boolean
  readonly close: () => void
}

export function NewUserDialog({ opened, close }: NewUserDialogProps) {
  return (
    <Modal opened={opened} onClose={close} title={<strong>New user</strong>}>
      {opened ? <NewUserForm close={close} /> : null}
    </Modal>
  )
}

interface Entered {
  readonly name: string
  readonly email: string
  readonly password: string
  readonly roles: readonly Role[]
}

function NewUserForm({ close }: { readonly close: () => void }) {
  const me = useMe()
  const { create, busy, problem } = useCreate(close)
  const [entered, setEntered] = useState<Entered>({ name: '', email: '', password: '', roles: ['Application_Provider'] })
  const change = (part: Partial<Entered>) => setEntered({ ...entered, ...part })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    create(entered)
  }
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        {problem ? (
          <Alert color="red" role="alert">
            {problem}
          </Alert>
        ) : null}
        <TextInput
          label="User name"
          value={entered.name}
          onChange={(event) => change({ name: event.currentTarget.value })}
          error={/\s/.test(entered.name) ? 'without blanks' : undefined}
          autoComplete="off"
          data-autofocus
        />
        <TextInput
          label="E-mail"
          type="email"
          description="For resetting the password."
          value={entered.email}
          onChange={(event) => change({ email: event.currentTarget.value })}
          autoComplete="off"
        />
        <PasswordInput
          label="First password"
          description="Tell it in person: it is shown nowhere again."
          value={entered.password}
          onChange={(event) => change({ password: event.currentTarget.value })}
          autoComplete="new-password"
        />
        <RoleChoice roles={entered.roles} change={(roles) => change({ roles })} offered={givable(me.roles)} />
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={close}>
            Cancel
          </Button>
          <Button type="submit" loading={busy} disabled={entered.name === '' || /\s/.test(entered.name) || entered.password === ''}>
            Create
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

function useCreate(close: () => void) {
  const { api, queries } = useApp()
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string>()
  const create = async ({ name, email, password, roles }: Entered) => {
    setBusy(true)
    setProblem(undefined)
    try {
      await api.call('POST /api/auth/register', { body: { name, password, roles, ...(email === '' ? {} : { email }) } })
      await queries.invalidateQueries({ queryKey: ['users'] })
      close()
    } catch (thrown) {
      setProblem(failureOf(thrown).text)
    } finally {
      setBusy(false)
    }
  }
  return { create: (entered: Entered) => void create(entered), busy, problem }
}
