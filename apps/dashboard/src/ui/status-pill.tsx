import { Tooltip } from '@mantine/core'
import type { StatusText } from '../words/status.ts'

interface StatusPillProps {
  readonly status: StatusText
  /** More about it, for who stays on it; the API's own word belongs here. */
  readonly hint?: string | undefined
}

export function StatusPill({ status, hint }: StatusPillProps) {
  const pill = (
    <span className="oak-status" data-tone={status.tone}>
      <span className="oak-dot" aria-hidden="true" />
      {status.text}
    </span>
  )
  return hint === undefined || hint === '' ? pill : <Tooltip label={hint}>{pill}</Tooltip>
}
