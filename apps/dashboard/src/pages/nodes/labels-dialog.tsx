import { Button, Group, Modal, Stack, TagsInput, Text } from '@mantine/core'
import { isLabel, LABEL_EXPECTED } from '@oakestra/sla'
import { useState } from 'react'
import { Labels } from '../../ui/labels.tsx'

interface LabelsDialogProps {
  readonly name: string
  readonly labels: readonly string[]
  /** Those of its configuration: only that changes them. */
  readonly fixed?: readonly string[]
  readonly opened: boolean
  readonly close: () => void
  readonly save: (labels: readonly string[]) => void
}

export function LabelsDialog({ opened, close, name, ...rest }: LabelsDialogProps) {
  return (
    <Modal opened={opened} onClose={close} title={<strong>Labels of {name}</strong>}>
      {opened ? <LabelsForm close={close} {...rest} /> : null}
    </Modal>
  )
}

function LabelsForm({ labels, fixed = [], close, save }: Omit<LabelsDialogProps, 'opened' | 'name'>) {
  const [values, setValues] = useState(labels.filter((label) => !fixed.includes(label)))
  const wrong = values.filter((value) => !isLabel(value))
  return (
    <Stack gap="lg">
      <Text c="dimmed">Descriptors ask for them with a constraint of the type labels.</Text>
      {fixed.length > 0 ? (
        <div>
          <Text size="sm" mb={4}>
            From its configuration
          </Text>
          <Labels labels={fixed} />
        </div>
      ) : null}
      <TagsInput
        label="Labels"
        placeholder="zone=north"
        value={values}
        onChange={setValues}
        error={wrong.length > 0 ? `${wrong.join(', ')}: expected ${LABEL_EXPECTED}` : undefined}
        data-autofocus
      />
      <Group justify="flex-end" gap="sm">
        <Button variant="default" onClick={close}>
          Cancel
        </Button>
        <Button
          disabled={wrong.length > 0}
          onClick={() => {
            save(values)
            close()
          }}
        >
          Save
        </Button>
      </Group>
    </Stack>
  )
}
