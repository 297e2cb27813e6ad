import { IconPlugConnectedX } from '@tabler/icons-react'
import { Empty } from '../../ui/empty.tsx'

/** Nothing answers yet. */
export function Nobody() {
  return (
    <main>
      <Empty icon={IconPlugConnectedX} title="Nothing answers" tone="bad">
        The connection is cut, or the program is being restarted. What runs goes on running; this page tries again by itself.
      </Empty>
    </main>
  )
}
