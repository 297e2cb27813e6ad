import { Button } from '@mantine/core'
import { IconPlayerPause, IconPlayerPlay } from '@tabler/icons-react'

interface PauseButtonProps {
  readonly paused: boolean
  readonly setPaused: (paused: boolean) => void
  /** Lines that came since. */
  readonly waiting: number
}

/** Holds lines still, and says how many wait meanwhile. */
export function PauseButton({ paused, setPaused, waiting }: PauseButtonProps) {
  return (
    <Button
      size="xs"
      variant="default"
      leftSection={paused ? <IconPlayerPlay size={14} /> : <IconPlayerPause size={14} />}
      onClick={() => setPaused(!paused)}
    >
      {paused ? `Go on${waiting > 0 ? ` (${waiting.toLocaleString('en')} new)` : ''}` : 'Pause'}
    </Button>
  )
}
