import { Button } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import type { Api } from '@oakestra/api-client'
import { useRevisions } from '../../api/queries.ts'
import { Ago } from '../../ui/ago.tsx'
import { Answered } from '../../ui/answered.tsx'
import { count } from '../../words/amounts.ts'
import { RollBackDialog } from './roll-back-dialog.tsx'

/** What a service was, the newest first. */
export function Revisions({ service }: { readonly service: Api.Service }) {
  const revisions = useRevisions(service.microserviceID)
  const [goingBack, back] = useDisclosure(false)
  return (
    <>
      <RollBackDialog service={service} opened={goingBack} close={back.close} />
      <Answered query={revisions}>
        {(list) => (
          <table className="oak-table">
            <thead>
              <tr>
                <th>Revision</th>
                <th>Image</th>
                <th>Instances</th>
                <th>Made</th>
                <th aria-label="Actions" />
              </tr>
            </thead>
            <tbody>
              {list.toReversed().map((each) => (
                <tr key={each.revision}>
                  <td>
                    <strong>{each.revision}</strong> {each.revision === service.revision ? <span className="oak-label">now</span> : null}
                  </td>
                  <td data-label="Image" className="oak-mono">
                    {each.image}
                  </td>
                  <td data-label="Instances">
                    {count(service.instance_list.filter(({ revision }) => revision === each.revision).length, 'instance')}
                  </td>
                  <td data-label="Made">
                    {each.reason}, <Ago atMs={Date.parse(each.created)} />
                  </td>
                  <td className="oak-right">
                    {each.revision === service.revision ? null : (
                      <Button variant="default" size="xs" onClick={back.open}>
                        Roll back
                      </Button>
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </Answered>
    </>
  )
}
