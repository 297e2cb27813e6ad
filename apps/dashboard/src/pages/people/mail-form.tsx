import { Alert, Button, Group, NumberInput, PasswordInput, SegmentedControl, Stack, Switch, TextInput } from '@mantine/core'
import type { Api } from '@oakestra/api-client'
import { type FormEvent, useState } from 'react'
import { useApp } from '../../app-services.ts'
import { useAction } from '../../ui/use-action.ts'

const TYPES = [
  { value: 'None', label: 'No mail' },
  { value: 'Custom', label: 'A mail server' },
]

interface Entered {
  readonly type: string
  readonly address: string
  readonly port: string
  readonly username: string
  readonly password: string
  readonly ssl: boolean
  readonly from: string
  readonly dashboard: string
}

/** How root sends mail: only for resetting passwords. */
export function MailForm({ settings }: { readonly settings: Api.Settings }) {
  const fixed = settings.source === 'configuration'
  const [entered, setEntered] = useState<Entered>({ ...settings, password: '', dashboard: settings.dashboard || window.location.origin })
  const change = (part: Partial<Entered>) => setEntered({ ...entered, ...part })
  const save = useSave()
  const submit = (event: FormEvent) => {
    event.preventDefault()
    save.run(entered)
  }
  const custom = entered.type === 'Custom'
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        {fixed ? <Alert color="gray">This stands in the configuration of root, and is changed there.</Alert> : null}
        <SegmentedControl aria-label="Mail" data={TYPES} value={entered.type} onChange={(type) => change({ type })} disabled={fixed} />
        {custom ? (
          <>
            <TextInput
              label="Server"
              placeholder="mail.example.org"
              value={entered.address}
              onChange={(event) => change({ address: event.currentTarget.value })}
              disabled={fixed}
            />
            <NumberInput
              label="Port"
              value={entered.port}
              onChange={(port) => change({ port: String(port) })}
              min={1}
              max={65_535}
              hideControls
              disabled={fixed}
            />
            <Switch
              label="TLS from the start"
              description="Without it STARTTLS, where the server offers it."
              checked={entered.ssl}
              onChange={(event) => change({ ssl: event.currentTarget.checked })}
              disabled={fixed}
            />
            <TextInput
              label="User"
              value={entered.username}
              onChange={(event) => change({ username: event.currentTarget.value })}
              autoComplete="off"
              disabled={fixed}
            />
            <PasswordInput
              label="Password"
              description={settings.password_set ? 'One is kept; leave this empty to keep it.' : undefined}
              value={entered.password}
              onChange={(event) => change({ password: event.currentTarget.value })}
              autoComplete="new-password"
              disabled={fixed}
            />
            <TextInput
              label="Sender"
              placeholder="oak@example.org"
              value={entered.from}
              onChange={(event) => change({ from: event.currentTarget.value })}
              disabled={fixed}
            />
            <TextInput
              label="Address of this page"
              description="For the links in mails."
              value={entered.dashboard}
              onChange={(event) => change({ dashboard: event.currentTarget.value })}
              disabled={fixed}
            />
          </>
        ) : null}
        <Group justify="flex-end">
          <Button type="submit" loading={save.busy} disabled={fixed || (custom && entered.address === '')}>
            Save
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

function useSave() {
  const { api } = useApp()
  return useAction<Entered>({
    act: ({ type, password, ...rest }) =>
      api.call('PUT /api/settings', {
        body: type === 'Custom' ? { ...rest, type, ...(password === '' ? {} : { password }) } : { type: 'None' },
      }),
    done: (_, { type }) => (type === 'Custom' ? 'Mail is sent this way from now on' : 'No mail is sent'),
  })
}
