import { Alert, Button, Group, PasswordInput, SegmentedControl, Stack, TextInput, useMantineColorScheme } from '@mantine/core'
import type { Api } from '@oakestra/api-client'
import { type FormEvent, useState } from 'react'
import { failureOf } from '../../api/failure.ts'
import { useUser } from '../../api/queries.ts'
import { useApp } from '../../app-services.ts'
import { useMe } from '../../session/use-session.ts'
import { Answered } from '../../ui/answered.tsx'
import { Card, Facts, Page } from '../../ui/page.tsx'
import { useAction } from '../../ui/use-action.ts'
import { Roles } from '../people/users-page.tsx'

export function ProfilePage() {
  const { userName } = useMe()
  const user = useUser(userName)
  return (
    <Page title="Profile" subtitle="You, as this root knows you.">
      <div className="oak-grid-2">
        <Card title="You">
          <Answered query={user}>{(known) => <You user={known} />}</Answered>
        </Card>
        <Card title="Password">
          <PasswordForm userName={userName} />
        </Card>
        <Card title="Look">
          <Look />
        </Card>
      </div>
    </Page>
  )
}

function You({ user }: { readonly user: Api.User }) {
  const { api } = useApp()
  const [email, setEmail] = useState(user.email)
  const save = useAction({
    act: () => api.call('PUT /api/user/{userName}', { params: { userName: user.name }, body: { name: user.name, email } }),
    done: () => 'Your e-mail address was saved',
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    save.run()
  }
  return (
    <form onSubmit={submit}>
      <Stack gap="lg">
        <Facts
          facts={[
            { name: 'User name', value: user.name },
            { name: 'Roles', value: <Roles roles={user.roles} /> },
            { name: 'Registered', value: user.created_at },
          ]}
        />
        <TextInput
          label="E-mail"
          type="email"
          description="For resetting your password."
          value={email}
          onChange={(event) => setEmail(event.currentTarget.value)}
          autoComplete="email"
        />
        <Group justify="flex-end">
          <Button type="submit" loading={save.busy} disabled={email === user.email}>
            Save
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

const NOTHING = { old: '', fresh: '', again: '' }

function PasswordForm({ userName }: { readonly userName: string }) {
  const { api, queries, session } = useApp()
  const [entered, setEntered] = useState(NOTHING)
  const [said, setSaid] = useState<{ readonly good: boolean; readonly text: string }>()
  const change = async () => {
    try {
      const body = { oldPassword: entered.old, newPassword: entered.fresh }
      const fresh = await api.call('POST /api/user/{userName}', { params: { userName }, body })
      // Sessions of the old password are renewed no more.
      session.logIn({ token: fresh.token, refreshToken: fresh.refresh_token })
      setSaid({ good: true, text: 'Your password was changed.' })
      setEntered(NOTHING)
      await queries.invalidateQueries({ queryKey: ['user', userName] })
    } catch (thrown) {
      setSaid({ good: false, text: failureOf(thrown).text })
    }
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    void change()
  }
  const differs = entered.again !== '' && entered.again !== entered.fresh
  const input = (part: keyof typeof NOTHING) => ({
    value: entered[part],
    onChange: (event: { readonly currentTarget: { readonly value: string } }) =>
      setEntered({ ...entered, [part]: event.currentTarget.value }),
  })
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        {said ? (
          <Alert color={said.good ? 'oak' : 'red'} role={said.good ? 'status' : 'alert'}>
            {said.text}
          </Alert>
        ) : null}
        <PasswordInput label="Present password" autoComplete="current-password" {...input('old')} />
        <PasswordInput label="New password" autoComplete="new-password" {...input('fresh')} />
        <PasswordInput
          label="New password again"
          autoComplete="new-password"
          error={differs ? 'not the same' : undefined}
          {...input('again')}
        />
        <Group justify="flex-end">
          <Button type="submit" disabled={entered.old === '' || entered.fresh === '' || entered.fresh !== entered.again}>
            Change
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

const SCHEMES = [
  { value: 'light', label: 'Light' },
  { value: 'dark', label: 'Dark' },
  { value: 'auto', label: 'As the system' },
] as const

function Look() {
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  return <SegmentedControl aria-label="Colours" data={[...SCHEMES]} value={colorScheme} onChange={setColorScheme} fullWidth />
}
