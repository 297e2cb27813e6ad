import { ActionIcon, Button, Group, Modal, NumberInput, Stack, Text } from '@mantine/core'
import type { Api } from '@oakestra/api-client'
import { IconMinus, IconPlus } from '@tabler/icons-react'
import { useState } from 'react'
import { count } from '../../words/amounts.ts'
import { useServiceActions } from './service-actions.ts'

interface ScaleDialogProps {
  readonly service: Api.Service
  readonly opened: boolean
  readonly close: () => void
}

export function ScaleDialog({ service, opened, close }: ScaleDialogProps) {
  return (
    <Modal opened={opened} onClose={close} title={<strong>Scale {service.microservice_name}</strong>} size="sm">
      {opened ? <ScaleForm service={service} close={close} /> : null}
    </Modal>
  )
}

/** As many as the descriptor admits. */
const REPLICAS_MAX = 10_000

function ScaleForm({ service, close }: Omit<ScaleDialogProps, 'opened'>) {
  const present = service.instance_list.length
  const { scale } = useServiceActions(service)
  const [wanted, setWanted] = useState(service.replicas ?? present)
  const set = (value: number | string) => setWanted(Math.min(REPLICAS_MAX, Math.max(0, Math.round(Number(value)) || 0)))
  const apply = (replicas: number | null) => {
    scale.run(replicas)
    close()
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        apply(wanted)
      }}
    >
      <Stack gap="lg">
        <Group justify="center" gap="sm" wrap="nowrap">
          <ActionIcon variant="default" size={42} onClick={() => set(wanted - 1)} disabled={wanted === 0} aria-label="One fewer">
            <IconMinus size={18} />
          </ActionIcon>
          <NumberInput
            aria-label="Number of instances"
            value={wanted}
            onChange={set}
            min={0}
            max={REPLICAS_MAX}
            hideControls
            size="lg"
            w={110}
            styles={{ input: { textAlign: 'center', fontWeight: 620 } }}
            data-autofocus
          />
          <ActionIcon variant="default" size={42} onClick={() => set(wanted + 1)} aria-label="One more">
            <IconPlus size={18} />
          </ActionIcon>
        </Group>
        <Text c="dimmed" ta="center">
          {consequence(present, wanted)}
        </Text>
        <Group justify="space-between">
          {service.replicas === null ? (
            <span />
          ) : (
            <Button
              variant="subtle"
              color="gray"
              onClick={() => apply(null)}
              title="What runs stays; instances are then asked for one by one"
            >
              No fixed number
            </Button>
          )}
          <Group gap="sm">
            <Button variant="default" onClick={close}>
              Cancel
            </Button>
            <Button type="submit" color={wanted < present ? 'red' : 'oak'}>
              Scale to {wanted}
            </Button>
          </Group>
        </Group>
      </Stack>
    </form>
  )
}

function consequence(present: number, wanted: number): string {
  const difference = wanted - present
  if (difference === 0) return `It has ${count(present, 'instance')}. The number is kept: what is lost is replaced.`
  if (difference > 0) return `${count(difference, 'instance')} more will be started. What is lost is replaced.`
  return `${count(-difference, 'instance')} will end.`
}
