import { Alert, Button, Checkbox } from '@mantine/core'
import type { Api, ApiClient } from '@oakestra/api-client'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { failureOf } from '../../api/failure.ts'
import { useApp } from '../../app-services.ts'
import { Page } from '../../ui/page.tsx'
import { DescriptorEditor } from './descriptor-editor.tsx'
import type { DescriptorDocument } from './model/descriptor-of.ts'
import { isDocument, servicesIn, stateOf } from './model/documents.ts'
import { newApplication, templateOf } from './model/templates.ts'
import { TemplateChoice } from './template-choice.tsx'
import { useDocument } from './use-document.ts'

export function NewApplicationPage() {
  const { template } = useSearch({ from: '/shell' })
  const [chosen, setChosen] = useState(templateOf(template).id)
  const [deploy, setDeploy] = useState(true)
  const edited = useDocument('application', () => newApplication(templateOf(template)))
  const { create, busy, problem } = useCreate()
  const services = servicesIn(edited.state.document).length
  return (
    <Page
      title="New application"
      crumbs={[{ text: 'Applications', to: '/applications' }]}
      actions={
        <>
          <Checkbox
            label="Deploy at once"
            checked={deploy}
            onChange={(event) => setDeploy(event.currentTarget.checked)}
            disabled={services === 0}
          />
          <Button
            disabled={!edited.ready}
            loading={busy}
            onClick={() => create(edited.state.document, deploy)}
            title={edited.ready ? undefined : 'Something is missing: it is marked below'}
          >
            Create
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
          edited.change(stateOf(keepNames(newApplication(next), edited.state.document)))
        }}
      />
      <DescriptorEditor kind="application" {...edited} fileName="application.json" />
    </Page>
  )
}

/** What was typed about the application stays when another template is chosen. */
function keepNames(next: DescriptorDocument, before: DescriptorDocument): DescriptorDocument {
  const [old] = listOf(before)
  const [fresh] = listOf(next)
  if (!old || !fresh) return next
  const { microservices: _, ...names } = old
  return { ...next, applications: [{ ...fresh, ...names, microservices: fresh['microservices'] }] }
}

function listOf({ applications }: DescriptorDocument): readonly DescriptorDocument[] {
  return Array.isArray(applications) ? applications.filter(isDocument) : []
}

function useCreate() {
  const { api, queries } = useApp()
  const navigate = useNavigate()
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string>()
  const create = async (document: DescriptorDocument, deploy: boolean) => {
    setBusy(true)
    setProblem(undefined)
    try {
      // What is wrong with it was found before; types cannot know that.
      const created = await api.call('POST /api/application', { body: document as unknown as Api.Sla })
      const made = findMade(created, document)
      if (made && deploy) await deployAll(api, made.applicationID)
      await queries.invalidateQueries()
      await navigate(made ? { to: '/applications/$applicationId', params: { applicationId: made.applicationID } } : { to: '/applications' })
    } catch (thrown) {
      setProblem(failureOf(thrown).text)
    } finally {
      setBusy(false)
    }
  }
  return { create: (document: DescriptorDocument, deploy: boolean) => void create(document, deploy), busy, problem }
}

/** Root answers with every application of the user. */
function findMade(created: readonly Api.CreatedApplication[], document: DescriptorDocument) {
  const [wanted] = listOf(document)
  return created.find(
    (each) => each.application_name === wanted?.['application_name'] && each.application_namespace === wanted['application_namespace'],
  )
}

/** One instance of each service that has no declared number of them. */
async function deployAll(api: ApiClient, applicationId: string): Promise<void> {
  const services = await api.call('GET /api/services/{applicationId}', { params: { applicationId } })
  const idle = services.filter(({ replicas }) => replicas === null)
  await Promise.all(
    idle.map(({ microserviceID }) => api.call('POST /api/service/{serviceId}/instance', { params: { serviceId: microserviceID } })),
  )
}
