import { Alert, Button, PasswordInput, Stack } from '@mantine/core'
import { Link, useParams } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { failureOf } from '../../api/failure.ts'
import { useApp } from '../../app-services.ts'
import { Brand } from '../../shell/brand.tsx'
import { LoginArt } from './login-art.tsx'

/** Where the link of the mail leads. */
export function ResetPage() {
  const { token } = useParams({ from: '/resetPassword/$token' })
  const { api } = useApp()
  const [password, setPassword] = useState('')
  const [said, setSaid] = useState<{ readonly good: boolean; readonly text: string }>()
  const reset = async () => {
    try {
      await api.call('PUT /api/user', { body: { token, password } })
      setSaid({ good: true, text: 'Your password was set. You can log in with it now.' })
    } catch (thrown) {
      setSaid({ good: false, text: failureOf(thrown).text })
    }
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    void reset()
  }
  return (
    <div className="oak-login">
      <main className="oak-login-form">
        <div style={{ marginLeft: -20, marginBottom: 28 }}>
          <Brand />
        </div>
        <h1 style={{ fontSize: '1.5rem', marginBottom: 24 }}>Choose a new password</h1>
        <form onSubmit={submit}>
          <Stack gap="md">
            {said ? <Alert color={said.good ? 'oak' : 'red'}>{said.text}</Alert> : null}
            <PasswordInput
              label="New password"
              size="md"
              value={password}
              onChange={(event) => setPassword(event.currentTarget.value)}
              autoComplete="new-password"
              autoFocus
            />
            <Button type="submit" size="md" disabled={password === ''}>
              Set it
            </Button>
            <Button variant="subtle" component={Link} to="/login">
              Back to the login
            </Button>
          </Stack>
        </form>
      </main>
      <LoginArt />
    </div>
  )
}
