import type { Api } from '@oakestra/api-client'
import { IconPlugConnectedX } from '@tabler/icons-react'
import { sentence } from '../../api/failure.ts'

/** Which nodes were to publish the service at their ports and do not, with the reason; nothing where all do. */
export function GatewayNote({ service }: { readonly service: Api.Service }) {
  const faults = service.gateway_faults
  if (faults.length === 0) return null
  return (
    <div className="oak-note" data-tone="bad" role="status">
      <IconPlugConnectedX size={18} aria-hidden="true" />
      <div>
        <strong>Not published everywhere.</strong>
        {faults.map(({ cluster, node, reason }) => (
          <div key={`${cluster} ${node}`}>
            {node} of {cluster}: {sentence(reason)}
          </div>
        ))}
      </div>
    </div>
  )
}
