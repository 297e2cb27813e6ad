import { z } from 'zod'
import { DEFAULT_ORGANIZATION } from '../../state/collections.ts'
import { schemaBody } from '../bodies.ts'
import { PUBLIC } from '../permission.ts'
import { defineRoute } from '../route.ts'
import { nameText, passwordText } from '../users/user-fields.ts'

const body = z
  .looseObject(
    {
      username: nameText,
      password: passwordText,
      organization_name: nameText.nullish().describe('The organization `root` when absent.'),
      organization: nameText.nullish().describe('Another spelling of `organization_name`.'),
    },
    { error: 'an object with username and password' },
  )
  .meta({ id: 'Login' })

/** `reference/orchestration.md` 2.2. The dashboard calls the organization's field by another name than the server did. */
export const login = defineRoute({
  method: 'POST',
  path: '/api/auth/login',
  tag: 'auth',
  summary: 'Log in',
  permission: PUBLIC,
  body: schemaBody(body),
  answer: z.object({ token: z.string(), refresh_token: z.string() }).meta({ id: 'Tokens' }),
  async handle(deps, call) {
    const { username, password, organization_name, organization } = call.body
    const organizationName = organization_name || organization || DEFAULT_ORGANIZATION
    const tokens = await deps.accounts.login({ userName: username, password, organizationName, address: call.address })
    return { token: tokens.accessToken, refresh_token: tokens.refreshToken }
  },
})
