import type { Api } from '@oakestra/api-client'
import { IconArrowBackUp, IconProgress } from '@tabler/icons-react'
import { sentence } from '../../api/failure.ts'

/** What is going on with the last change; nothing once it is done. */
export function RolloutNote({ service }: { readonly service: Api.Service }) {
  const { rollout } = service
  if (!rollout || rollout.state === 'done') return null
  const there = service.instance_list.filter((each) => each.revision === rollout.to_revision && each.ready).length
  if (rollout.state === 'rolling') {
    return (
      <div className="oak-note" data-tone="busy" role="status">
        <IconProgress size={18} aria-hidden="true" />
        <div>
          <strong>Updating to revision {rollout.to_revision}:</strong> {there} of {service.instance_list.length} ready.{' '}
          {sentence(rollout.detail)}
        </div>
      </div>
    )
  }
  return (
    <div className="oak-note" data-tone={rollout.state === 'failed' ? 'bad' : 'warn'} role="status">
      <IconArrowBackUp size={18} aria-hidden="true" />
      <div>
        <strong>
          {rollout.state === 'failed'
            ? `The update to revision ${rollout.to_revision} failed.`
            : `The update failed and was rolled back to the content of revision ${rollout.from_revision}.`}
        </strong>{' '}
        {sentence(rollout.detail)}
      </div>
    </div>
  )
}
