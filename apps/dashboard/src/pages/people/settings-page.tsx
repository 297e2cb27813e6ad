import { useRootStatus, useSettings } from '../../api/queries.ts'
import { useInfrastructureAddress } from '../../infrastructure/bell/use-infrastructure-news.ts'
import { Answered } from '../../ui/answered.tsx'
import { CopyBlock } from '../../ui/copy.tsx'
import { Card, Facts, Page } from '../../ui/page.tsx'
import { MailForm } from './mail-form.tsx'

/** What root is set to. */
export function SettingsPage() {
  const infrastructure = useInfrastructureAddress()
  const status = useRootStatus()
  const settings = useSettings()
  return (
    <Page title="Settings" subtitle="Of this root, and where they are changed.">
      <div className="oak-grid-2">
        <Card title="Root">
          <Answered query={status}>
            {({ version, ready }) => (
              <Facts
                facts={[
                  { name: 'Version', value: version },
                  { name: 'State', value: ready ? 'ready' : 'starting' },
                  { name: 'Address', value: window.location.origin },
                  {
                    name: 'API',
                    value: (
                      <a className="oak-link" href="/api/docs">
                        documentation
                      </a>
                    ),
                  },
                  {
                    name: 'Control plane',
                    value: (
                      <a className="oak-link" href={infrastructure} target="_blank" rel="noreferrer">
                        Infrastructure Dashboard
                      </a>
                    ),
                  },
                ]}
              />
            )}
          </Answered>
        </Card>
        <Card title="Mail">
          <Answered query={settings}>{(known) => <MailForm key={JSON.stringify(known)} settings={known} />}</Answered>
        </Card>
        <Card title="Everything else">
          <div style={{ display: 'flex', flexDirection: 'column', gap: 12 }}>
            <p>
              Ports, scheduling and places are settings of the process: in its file, its environment or its flags. This shows all of them
              with what they are now:
            </p>
            <CopyBlock text="oak config show" label="the command" />
          </div>
        </Card>
      </div>
    </Page>
  )
}
