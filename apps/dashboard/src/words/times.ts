const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** How long ago something was. */
export function agoText(atMs: number, nowMs: number): string {
  const spanMs = nowMs - atMs
  if (spanMs < 5 * SECOND) return 'just now'
  if (spanMs < MINUTE) return `${Math.floor(spanMs / SECOND)} s ago`
  if (spanMs < HOUR) return `${Math.floor(spanMs / MINUTE)} min ago`
  if (spanMs < DAY) return `${Math.floor(spanMs / HOUR)} h ago`
  const days = Math.floor(spanMs / DAY)
  return days === 1 ? 'yesterday' : `${days} days ago`
}

const FULL = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' })
const CLOCK = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' })

export function momentText(atMs: number): string {
  return FULL.format(atMs)
}

export function clockText(atMs: number): string {
  return CLOCK.format(atMs)
}
