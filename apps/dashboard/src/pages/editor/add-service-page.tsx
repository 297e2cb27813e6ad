import { Alert, Button, Checkbox } from '@mantine/core'
import type { Api } from '@oakestra/api-client'
import { useNavigate, useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { failureOf } from '../../api/failure.ts'
import { useApplications } from '../../api/queries.ts'
import { useApp } from '../../app-services.ts'
import { Page } from '../../ui/page.tsx'
import { DescriptorEditor } from './descriptor-editor.tsx'
import type { DescriptorDocument } from './model/descriptor-of.ts'
import { servicesIn, stateOf } from './model/documents.ts'
import { templateOf } from './model/templates.ts'
import { TemplateChoice } from './template-choice.tsx'
import { useDocument } from './use-document.ts'

export function AddServicePage() {
  const { applicationId } = useParams({ from: '/shell/applications/$applicationId/add' })
  const application = useApplications().data?.find((each) => each.applicationID === applicationId)
  const [chosen, setChosen] = useState(templateOf(undefined).id)
  const [deploy, setDeploy] = useState(true)
  const edited = useDocument('services', () => ({ microservices: [templateOf(undefined).service] }))
  const { add, busy, problem } = useAdd(application)
  return (
    <Page
      title="Add a service"
      crumbs={[
        { text: 'Applications', to: '/applications' },
        { text: application?.application_name ?? 'Application', to: `/applications/${applicationId}` },
      ]}
      actions={
        <>
          <Checkbox label="Deploy at once" checked={deploy} onChange={(event) => setDeploy(event.currentTarget.checked)} />
          <Button disabled={!edited.ready || !application} loading={busy} onClick={() => add(edited.state.document, deploy)}>
            Add
          </Button>
        </>
      }
    >
      {problem ? (
        <Alert color="red" role="alert" title="Root refused this">
          {problem}
        </Alert>
      ) : null}
      <TemplateChoice
        chosen={chosen}
        choose={(next) => {
          setChosen(next.id)
          edited.change(stateOf({ microservices: [next.service] }))
        }}
      />
      <DescriptorEditor kind="services" {...edited} fileName="service.json" />
    </Page>
  )
}

function useAdd(application: Api.Application | undefined) {
  const { api, queries } = useApp()
  const navigate = useNavigate()
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string>()
  const add = async (document: DescriptorDocument, deploy: boolean) => {
    if (!application) return
    setBusy(true)
    setProblem(undefined)
    try {
      const added = await api.call('POST /api/service', { body: slaFor(application, servicesIn(document)) })
      const ids = servicesIn(document).flatMap((service, index) =>
        service['replicas'] === undefined ? (added.service_ids[index] ?? []) : [],
      )
      if (deploy) await Promise.all(ids.map((serviceId) => api.call('POST /api/service/{serviceId}/instance', { params: { serviceId } })))
      await queries.invalidateQueries()
      await navigate({ to: '/applications/$applicationId', params: { applicationId: application.applicationID } })
    } catch (thrown) {
      setProblem(failureOf(thrown).text)
    } finally {
      setBusy(false)
    }
  }
  return { add: (document: DescriptorDocument, deploy: boolean) => void add(document, deploy), busy, problem }
}

function slaFor(
  { applicationID, application_name, application_namespace }: Api.Application,
  microservices: readonly DescriptorDocument[],
): Api.Sla {
  // What is wrong with them was found before; types cannot know that.
  const services = microservices as unknown as readonly Api.ServiceDescriptor[]
  return { sla_version: 'v2.0', applications: [{ applicationID, application_name, application_namespace, microservices: services }] }
}
