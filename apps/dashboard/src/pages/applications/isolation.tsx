import { IconLock, IconLockOpen } from '@tabler/icons-react'
import type { Api } from '../../api/queries.ts'
import { useApp } from '../../app-services.ts'
import type { Question } from '../../ui/confirm.tsx'
import { ReasonedItem } from '../../ui/menu-item.tsx'
import { useAction } from '../../ui/use-action.ts'

/** What is said of an application that keeps others out. */
export const ISOLATED = 'Isolated'

interface IsolationItemProps {
  readonly application: Api.Application
  readonly ask: (question: Question) => void
}

/** Keeps instances of other applications out, or lets them in again. */
export function IsolationItem({ application, ask }: IsolationItemProps) {
  const { api } = useApp()
  const { applicationID: applicationId, application_name: name, isolated } = application
  const isolate = useAction<boolean>({
    act: (wanted) => api.call('PUT /api/application/{applicationId}', { params: { applicationId }, body: { isolated: wanted } }),
    done: (_, wanted) => (wanted ? `${name} is isolated` : `${name} is open to other applications`),
  })
  if (isolated) {
    return (
      <ReasonedItem icon={<IconLockOpen size={16} />} onClick={() => isolate.run(false)}>
        Let other applications in
      </ReasonedItem>
    )
  }
  return (
    <ReasonedItem icon={<IconLock size={16} />} onClick={() => ask(isolation(name, () => isolate.run(true)))}>
      Isolate
    </ReasonedItem>
  )
}

function isolation(name: string, act: () => void): Question {
  const text = (
    <>
      Instances of other applications cannot connect any more, and connections that they have end. Let in are services that{' '}
      <code>connectivity</code> of a service here names, and whoever comes by a published port. Nothing is started anew.
    </>
  )
  return { title: `Isolate ${name}?`, text, verb: 'Isolate', act }
}
