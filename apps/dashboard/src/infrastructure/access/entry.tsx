import { Alert, Button, PasswordInput, Stack, TextInput } from '@mantine/core'
import { ApiError } from '@oakestra/api-client'
import { type FormEvent, type ReactNode, useEffect, useState } from 'react'
import { failureOf } from '../../api/failure.ts'
import { useApp } from '../../app-services.ts'
import { Brand } from '../../shell/brand.tsx'

/** Where one logs in: calm, and in the middle. */
function Entry({ title, text, children }: { readonly title: string; readonly text: ReactNode; readonly children: ReactNode }) {
  useEffect(() => {
    document.title = 'Log in · Oakestra infrastructure'
  }, [])
  return (
    <main className="oak-entry">
      <div className="oak-card oak-entry-card">
        <Brand />
        <h1>{title}</h1>
        <p className="oak-muted">{text}</p>
        {children}
      </div>
    </main>
  )
}

export function RootEntry({ expired }: { readonly expired: boolean }) {
  const { logIn, busy, problem } = useLogIn()
  const [username, setUsername] = useState('')
  const [password, setPassword] = useState('')
  const submit = (event: FormEvent) => {
    event.preventDefault()
    void logIn(username.trim(), password)
  }
  return (
    <Entry
      title="Infrastructure"
      text="The same login as everywhere. Administrators and infrastructure providers see how the control plane is."
    >
      <form onSubmit={submit} noValidate>
        <Stack gap="md">
          {expired && !problem ? <Alert color="yellow">Your session has ended. Log in again.</Alert> : null}
          {problem ? (
            <Alert color="red" role="alert">
              {problem}
            </Alert>
          ) : null}
          <TextInput
            label="User name"
            size="md"
            value={username}
            onChange={(event) => setUsername(event.currentTarget.value)}
            autoComplete="username"
            autoFocus
          />
          <PasswordInput
            label="Password"
            size="md"
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
            autoComplete="current-password"
          />
          <Button type="submit" size="md" mt="xs" loading={busy} disabled={username.trim() === '' || password === ''}>
            Log in
          </Button>
        </Stack>
      </form>
    </Entry>
  )
}

interface ClusterEntryProps {
  readonly name: string
  readonly enter: (token: string) => void
}

export function ClusterEntry({ name, enter }: ClusterEntryProps) {
  const [token, setToken] = useState('')
  const submit = (event: FormEvent) => {
    event.preventDefault()
    enter(token.trim())
  }
  return (
    <Entry
      title={`Cluster ${name}`}
      text={
        <>
          A cluster has no users of its own. Whoever runs its machine finds the token in the file <code>cluster/local-token</code> of the
          data directory.
        </>
      }
    >
      <form onSubmit={submit} noValidate>
        <Stack gap="md">
          <PasswordInput
            label="Token"
            size="md"
            value={token}
            onChange={(event) => setToken(event.currentTarget.value)}
            autoComplete="off"
            autoFocus
          />
          <Button type="submit" size="md" disabled={token.trim() === ''}>
            Open
          </Button>
        </Stack>
      </form>
    </Entry>
  )
}

function useLogIn() {
  const { api, session } = useApp()
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string>()
  const logIn = async (username: string, password: string) => {
    setBusy(true)
    setProblem(undefined)
    try {
      const { token, refresh_token: refreshToken } = await api.call('POST /api/auth/login', { body: { username, password } })
      session.logIn({ token, refreshToken })
    } catch (thrown) {
      const isWrong = thrown instanceof ApiError && thrown.status === 401
      setProblem(isWrong ? 'That user name and password do not belong together.' : failureOf(thrown).text)
    } finally {
      setBusy(false)
    }
  }
  return { logIn, busy, problem }
}
