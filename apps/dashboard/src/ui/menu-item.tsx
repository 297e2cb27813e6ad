import { Menu, Tooltip } from '@mantine/core'
import type { ReactNode } from 'react'

interface ReasonedItemProps {
  readonly children: ReactNode
  readonly icon?: ReactNode
  readonly onClick: () => void
  readonly danger?: boolean
  /** Why it cannot be done now; shown where it would be done. */
  readonly notNow?: string | undefined
}

/** An entry of a menu that says why, when it cannot be chosen. */
export function ReasonedItem({ children, icon, onClick, danger, notNow }: ReasonedItemProps) {
  const item = (
    <Menu.Item
      leftSection={icon}
      onClick={notNow === undefined ? onClick : undefined}
      disabled={notNow !== undefined}
      {...(danger ? { color: 'red' } : {})}
    >
      {children}
    </Menu.Item>
  )
  if (notNow === undefined) return item
  return (
    <Tooltip label={notNow} position="left">
      <div>{item}</div>
    </Tooltip>
  )
}
