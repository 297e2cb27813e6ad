import type { Api } from '@oakestra/api-client'
import { IconStack2 } from '@tabler/icons-react'
import { useMemo } from 'react'
import { Empty } from '../../ui/empty.tsx'
import { connectionsOf } from './graph-model.ts'
import { PictureView } from './picture-view.tsx'

/** Drawn at most; the list of services has all of them. */
const SERVICES_MAX = 150

export default function ServiceGraph({ services }: { readonly services: readonly Api.Service[] }) {
  const picture = useMemo(() => connectionsOf(services.slice(0, SERVICES_MAX)), [services])
  if (services.length === 0) {
    return (
      <Empty icon={IconStack2} title="No service yet">
        Services are drawn with an arrow to each service whose address they name in their command or environment.
      </Empty>
    )
  }
  return (
    <>
      <PictureView label="Services and whose addresses they name" picture={picture} sideways />
      {services.length > SERVICES_MAX ? (
        <p className="oak-map-note">
          The first {SERVICES_MAX} of {services.length} services.
        </p>
      ) : null}
    </>
  )
}
