/** One event of a `text/event-stream` (html.spec.whatwg.org, 9.2). JSON holds no line breaks, so that data is one line. */
export function serverEvent(type: string, data: unknown, id?: string): string {
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${type}\ndata: ${JSON.stringify(data)}\n\n`
}

/** Says nothing, and keeps proxies and clients from taking a quiet stream for a dead one. */
export const HEARTBEAT = ': still here\n\n'

/** How long a client waits before it comes back. */
export const RETRY = 'retry: 2000\n\n'
