import { ApiError, createApiClient } from '@oakestra/api-client'

/** A new access token, or undefined when root refuses. @throws OakError when root cannot be asked: nobody is logged out for that */
export async function renewToken(refreshToken: string): Promise<string | undefined> {
  const api = createApiClient({ baseUrl: '', fetch: (url, init) => fetch(url, init), token: () => refreshToken })
  try {
    return (await api.call('POST /api/auth/refresh')).token
  } catch (thrown) {
    if (thrown instanceof ApiError && thrown.status < 500 && thrown.status !== 429) return undefined
    throw thrown
  }
}
