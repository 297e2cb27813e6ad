import { Alert, Anchor, Button, Checkbox, PasswordInput, Stack, TextInput } from '@mantine/core'
import { ApiError } from '@oakestra/api-client'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { type FormEvent, useEffect, useState } from 'react'
import { failureOf } from '../../api/failure.ts'
import { useApp } from '../../app-services.ts'
import { Brand } from '../../shell/brand.tsx'
import { LoginArt } from './login-art.tsx'

interface Entered {
  readonly username: string
  readonly password: string
  readonly organization: string
}

export function LoginPage() {
  const { expired } = useSearch({ from: '/login' })
  useEffect(() => {
    document.title = 'Log in · Oakestra'
  }, [])
  return (
    <div className="oak-login">
      <main className="oak-login-form">
        <div style={{ marginLeft: -20, marginBottom: 28 }}>
          <Brand />
        </div>
        <h1 style={{ fontSize: '1.5rem' }}>Welcome back</h1>
        <p className="oak-muted" style={{ marginBottom: 28 }}>
          Log in to see and steer what runs.
        </p>
        {expired ? (
          <Alert color="yellow" mb="lg" role="status">
            Your session has ended. Log in again and you are back where you were.
          </Alert>
        ) : null}
        <LoginForm />
      </main>
      <LoginArt />
    </div>
  )
}

function LoginForm() {
  const { logIn, busy, problem } = useLogIn()
  const [inOrganization, setInOrganization] = useState(false)
  const [entered, setEntered] = useState<Entered>({ username: '', password: '', organization: '' })
  const change = (part: Partial<Entered>) => setEntered({ ...entered, ...part })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    void logIn({ ...entered, organization: inOrganization ? entered.organization.trim() : '' })
  }
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        {problem ? (
          <Alert color="red" role="alert">
            {problem}
          </Alert>
        ) : null}
        <TextInput
          label="User name"
          size="md"
          value={entered.username}
          onChange={(event) => change({ username: event.currentTarget.value })}
          autoComplete="username"
          autoFocus
        />
        <PasswordInput
          label="Password"
          size="md"
          value={entered.password}
          onChange={(event) => change({ password: event.currentTarget.value })}
          autoComplete="current-password"
        />
        <Checkbox
          label="Log in to an organization"
          checked={inOrganization}
          onChange={(event) => setInOrganization(event.currentTarget.checked)}
        />
        {inOrganization ? (
          <TextInput
            label="Organization"
            size="md"
            value={entered.organization}
            onChange={(event) => change({ organization: event.currentTarget.value })}
            autoComplete="organization"
            autoFocus
          />
        ) : null}
        <ForgotPassword userName={entered.username.trim()} />
        <Button type="submit" size="md" mt="xs" loading={busy} disabled={entered.username.trim() === '' || entered.password === ''}>
          Log in
        </Button>
      </Stack>
    </form>
  )
}

/** Root answers the same whether the user is known or not: nobody learns who has an account. */
function ForgotPassword({ userName }: { readonly userName: string }) {
  const { api } = useApp()
  const [said, setSaid] = useState<string>()
  const ask = async () => {
    if (userName === '') return setSaid('Enter your user name first.')
    try {
      await api.call('POST /api/user', { body: { username: userName, domain: window.location.host } })
      setSaid('If this user has an e-mail address, a link is on its way to it.')
    } catch (thrown) {
      setSaid(failureOf(thrown).text)
    }
  }
  return (
    <div>
      <Anchor component="button" type="button" size="sm" onClick={() => void ask()}>
        Forgot your password?
      </Anchor>
      {said ? (
        <p className="oak-sub" role="status">
          {said}
        </p>
      ) : null}
    </div>
  )
}

function useLogIn() {
  const { api, session } = useApp()
  const navigate = useNavigate()
  const { next } = useSearch({ from: '/login' })
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string>()
  const logIn = async ({ username, password, organization }: Entered) => {
    setBusy(true)
    setProblem(undefined)
    try {
      const answer = await api.call('POST /api/auth/login', {
        body: { username: username.trim(), password, ...(organization === '' ? {} : { organization_name: organization }) },
      })
      session.logIn({ token: answer.token, refreshToken: answer.refresh_token })
      await navigate({ to: next ?? '/applications', replace: true })
    } catch (thrown) {
      setProblem(problemOf(thrown))
    } finally {
      setBusy(false)
    }
  }
  return { logIn, busy, problem }
}

function problemOf(thrown: unknown): string {
  if (thrown instanceof ApiError && thrown.status === 401) return 'That user name and password do not belong together.'
  return failureOf(thrown).text
}
