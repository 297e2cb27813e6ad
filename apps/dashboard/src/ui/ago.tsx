import { useNow } from '../live/use-live.ts'
import { agoText, momentText } from '../words/times.ts'

/** A moment, told by how long ago it was; the exact time is its title. */
export function Ago({ atMs }: { readonly atMs: number }) {
  const now = useNow()
  return (
    <time dateTime={new Date(atMs).toISOString()} title={momentText(atMs)} className="oak-number">
      {agoText(atMs, now)}
    </time>
  )
}
