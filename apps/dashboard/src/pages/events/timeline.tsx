import type { RecordedEvent } from '@oakestra/model'
import { IconHistory } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { eventsQuery } from '../../api/events.ts'
import { useApp } from '../../app-services.ts'
import { Ago } from '../../ui/ago.tsx'
import { Answered } from '../../ui/answered.tsx'
import { Empty } from '../../ui/empty.tsx'
import { actorText, eventTone, happenedText, objectText } from '../../words/events.ts'
import './events.css'
import { useRecentEvents } from './use-recent-events.ts'

interface TimelineProps {
  readonly service?: string
  readonly instanceNumber?: number
  readonly cluster?: string
  readonly kind?: string
}

/** What happened, the newest first; what happens is added as it does. */
export function Timeline({ service, instanceNumber, cluster, kind }: TimelineProps) {
  const filter = { ...(service ? { service } : {}), ...(cluster ? { cluster } : {}), ...(kind ? { kind } : {}) }
  const before = useQuery(eventsQuery(useApp(), filter))
  const recent = useRecentEvents()
  const belongs = (event: RecordedEvent) =>
    (service === undefined || event.serviceId === service || event.object.id === service) &&
    (instanceNumber === undefined || event.instanceNumber === instanceNumber) &&
    (cluster === undefined || event.clusterId === cluster || event.object.id === cluster) &&
    (kind === undefined || event.kind.startsWith(kind))
  return (
    <Answered query={before}>
      {(known) => <Entries events={[...known, ...recent].filter(belongs)} withObject={service === undefined} />}
    </Answered>
  )
}

function Entries({ events, withObject }: { readonly events: readonly RecordedEvent[]; readonly withObject: boolean }) {
  const shown = useMemo(() => newestFirst(events), [events])
  if (shown.length === 0) {
    return (
      <Empty icon={IconHistory} title="Nothing has happened yet">
        Whatever is asked for, decided or seen is written down here, with who or what caused it.
      </Empty>
    )
  }
  return (
    <ol className="oak-timeline">
      {shown.map((event) => (
        <li key={event.id} data-tone={eventTone(event)}>
          <span className="oak-dot" aria-hidden="true" />
          <div>
            <p>
              {withObject || event.object.type === 'instance' ? <strong>{objectText(event.object)}: </strong> : null}
              {happenedText(event)}
            </p>
            <p className="oak-sub">
              <Ago atMs={event.timeMs} /> · by {actorText(event.actor)} · <span className="oak-mono">{event.kind}</span>
            </p>
          </div>
        </li>
      ))}
    </ol>
  )
}

/** Each once: what was read and what arrived overlap. */
function newestFirst(events: readonly RecordedEvent[]): readonly RecordedEvent[] {
  const byId = new Map(events.map((event) => [event.id, event]))
  return [...byId.values()].toSorted((a, b) => (a.id < b.id ? 1 : -1))
}
