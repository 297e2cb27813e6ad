import type { Fetch } from '@oakestra/api-client'

/**
 * The browser's fetch, telling of every piece that arrives. Comments that keep a stream of events alive are seen this way: they
 * are nothing to the one who reads events, and all there is to know whether the connection still stands.
 */
export function watchedFetch(heard: () => void): Fetch {
  return async (url, init) => {
    const answer = await fetch(url, init)
    const { body } = answer
    if (!body) return answer
    return {
      status: answer.status,
      headers: answer.headers,
      text: () => answer.text(),
      body: {
        getReader() {
          const reader = body.getReader()
          return {
            async read() {
              const part = await reader.read()
              heard()
              return part
            },
            cancel: (reason) => reader.cancel(reason),
          }
        },
      },
    }
  }
}
