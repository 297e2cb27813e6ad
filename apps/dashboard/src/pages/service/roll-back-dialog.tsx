import { Button, Group, Modal, Radio, Stack, Text } from '@mantine/core'
import type { Api } from '@oakestra/api-client'
import { useState } from 'react'
import { useRevisions } from '../../api/queries.ts'
import { Ago } from '../../ui/ago.tsx'
import { Answered } from '../../ui/answered.tsx'
import { useServiceActions } from './service-actions.ts'

interface RollBackDialogProps {
  readonly service: Api.Service
  readonly opened: boolean
  readonly close: () => void
}

export function RollBackDialog({ service, opened, close }: RollBackDialogProps) {
  return (
    <Modal opened={opened} onClose={close} title={<strong>Roll {service.microservice_name} back</strong>}>
      {opened ? <Choice service={service} close={close} /> : null}
    </Modal>
  )
}

function Choice({ service, close }: Omit<RollBackDialogProps, 'opened'>) {
  const revisions = useRevisions(service.microserviceID)
  return <Answered query={revisions}>{(list) => <RevisionChoice service={service} close={close} revisions={list} />}</Answered>
}

function RevisionChoice({
  service,
  close,
  revisions,
}: Omit<RollBackDialogProps, 'opened'> & { readonly revisions: readonly Api.Revision[] }) {
  const { rollBack } = useServiceActions(service)
  const older = revisions.filter(({ revision }) => revision !== service.revision).toReversed()
  const [chosen, setChosen] = useState(older[0]?.revision)
  return (
    <Stack gap="lg">
      <Text c="dimmed">
        Its instances get the content of that revision, under the update policy of the service. Now it is revision {service.revision}.
      </Text>
      <Radio.Group aria-label="Revision" value={String(chosen)} onChange={(value) => setChosen(Number(value))}>
        <Stack gap={8}>
          {older.map((each) => (
            <Radio.Card key={each.revision} value={String(each.revision)} p="sm" radius="md">
              <Group wrap="nowrap" gap="sm">
                <Radio.Indicator />
                <div style={{ minWidth: 0 }}>
                  <strong>Revision {each.revision}</strong>{' '}
                  <span className="oak-muted">
                    {each.reason}, <Ago atMs={Date.parse(each.created)} />
                  </span>
                  <div className="oak-sub oak-mono">{each.image}</div>
                </div>
              </Group>
            </Radio.Card>
          ))}
        </Stack>
      </Radio.Group>
      {older.length === 0 ? <Text>There is no older revision.</Text> : null}
      <Group justify="flex-end" gap="sm">
        <Button variant="default" onClick={close}>
          Cancel
        </Button>
        <Button
          disabled={chosen === undefined}
          onClick={() => {
            rollBack.run(chosen)
            close()
          }}
        >
          Roll back{chosen === undefined ? '' : ` to ${chosen}`}
        </Button>
      </Group>
    </Stack>
  )
}
