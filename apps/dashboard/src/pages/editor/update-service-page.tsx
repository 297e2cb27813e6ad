import { Alert, Button, Group, Modal, Stack, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import type { Api } from '@oakestra/api-client'
import { useNavigate, useParams } from '@tanstack/react-router'
import { lazy, Suspense, useState } from 'react'
import { failureOf } from '../../api/failure.ts'
import { useService } from '../../api/queries.ts'
import { useApp } from '../../app-services.ts'
import { Answered } from '../../ui/answered.tsx'
import { Bones, PageBones } from '../../ui/bones.tsx'
import { Page } from '../../ui/page.tsx'
import { DescriptorEditor } from './descriptor-editor.tsx'
import { type DescriptorDocument, descriptorOf } from './model/descriptor-of.ts'
import { textOf } from './model/documents.ts'
import { useDocument } from './use-document.ts'

const JsonEditor = lazy(() => import('./json-editor.tsx'))
/** These stay whatever is sent. */
const LOCKED: ReadonlySet<string> = new Set(['microservice_name', 'microservice_namespace'])

export function UpdateServicePage() {
  const { serviceId } = useParams({ from: '/shell/services/$serviceId/update' })
  const service = useService(serviceId)
  return (
    <Answered query={service} bones={<PageBones />} back={{ text: 'All services', to: '/services' }}>
      {(known) => <UpdateEditor key={known.microserviceID} service={known} />}
    </Answered>
  )
}

function UpdateEditor({ service }: { readonly service: Api.Service }) {
  // What it was when the editing began: others may change it meanwhile, and then the whole is looked at again.
  const [before] = useState(() => descriptorOf(service))
  const [revision] = useState(service.revision)
  const edited = useDocument('service', () => before)
  const [reviewing, review] = useDisclosure(false)
  const unchanged = textOf(before) === textOf(edited.state.document)
  return (
    <Page
      title={`Update ${service.microservice_name}`}
      subtitle={`Revision ${revision}. What matters to instances reaches them under the update policy of the service.`}
      crumbs={[
        { text: service.application_name, to: `/applications/${service.applicationID}` },
        { text: service.microservice_name, to: `/services/${service.microserviceID}` },
      ]}
      actions={
        <Button disabled={!edited.ready || unchanged} onClick={review.open} title={unchanged ? 'Nothing was changed' : undefined}>
          Review and update
        </Button>
      }
    >
      {service.revision === revision ? null : (
        <Alert color="yellow" role="status">
          Somebody changed this service meanwhile: it is revision {service.revision} now. Reload the page to begin with that.
        </Alert>
      )}
      <DescriptorEditor kind="service" {...edited} locked={LOCKED} fileName={`${service.microservice_name}.json`} />
      <Review service={service} before={before} after={edited.state.document} opened={reviewing} close={review.close} />
    </Page>
  )
}

interface ReviewProps {
  readonly service: Api.Service
  readonly before: DescriptorDocument
  readonly after: DescriptorDocument
  readonly opened: boolean
  readonly close: () => void
}

function Review({ service, before, after, opened, close }: ReviewProps) {
  const { update, busy, problem } = useUpdate(service)
  return (
    <Modal opened={opened} onClose={close} size="xl" title={<strong>What changes</strong>}>
      <Stack gap="md">
        <div className="oak-card oak-json-tall">
          <Suspense fallback={<Bones rows={6} />}>
            <JsonEditor label="What changes" text={textOf(after)} original={textOf(before)} />
          </Suspense>
        </div>
        <Text c="dimmed">
          {service.instance_list.length === 0
            ? 'No instance runs: the next one begins with this.'
            : 'Instances are replaced where that is needed. When the update fails it goes back by itself, unless the descriptor says otherwise.'}
        </Text>
        {problem ? (
          <Alert color="red" role="alert">
            {problem}
          </Alert>
        ) : null}
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={close}>
            Back
          </Button>
          <Button loading={busy} onClick={() => update(after)} data-autofocus>
            Update
          </Button>
        </Group>
      </Stack>
    </Modal>
  )
}

function useUpdate({ microserviceID: serviceId }: Api.Service) {
  const { api, queries } = useApp()
  const navigate = useNavigate()
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string>()
  const update = async (document: DescriptorDocument) => {
    setBusy(true)
    setProblem(undefined)
    try {
      await api.call('PUT /api/service/{serviceId}', { params: { serviceId }, body: document as unknown as Api.ServiceDescriptor })
      await queries.invalidateQueries()
      await navigate({ to: '/services/$serviceId', params: { serviceId } })
    } catch (thrown) {
      setProblem(failureOf(thrown).text)
    } finally {
      setBusy(false)
    }
  }
  return { update: (document: DescriptorDocument) => void update(document), busy, problem }
}
