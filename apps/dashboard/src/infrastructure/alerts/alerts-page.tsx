import { Tabs } from '@mantine/core'
import { IconCircleCheck, IconHistory } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { Answered } from '../../ui/answered.tsx'
import { Bones } from '../../ui/bones.tsx'
import { Empty } from '../../ui/empty.tsx'
import { Card, Page } from '../../ui/page.tsx'
import { useAddressWord } from '../address-word.ts'
import { useBeat, useInfrastructure } from '../infrastructure.ts'
import type { Alert, AlertRule } from '../types.ts'
import { AlertList } from './alert-list.tsx'
import { RuleTable } from './rule-table.tsx'

const BACK = { text: 'To the overview', to: '/' }

export function AlertsPage() {
  const [tab, setTab] = useAddressWord('tab')
  return (
    <Page title="Alerts" subtitle="What a person should know of. Everything here ends by itself when its cause does.">
      <Tabs value={tab === '' ? 'now' : tab} onChange={(next) => setTab(next === 'now' ? '' : (next ?? ''))} keepMounted={false}>
        <Tabs.List mb="lg">
          <Tabs.Tab value="now">Now</Tabs.Tab>
          <Tabs.Tab value="past">Past</Tabs.Tab>
          <Tabs.Tab value="rules">Rules</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="now">
          <Now />
        </Tabs.Panel>
        <Tabs.Panel value="past">
          <Past />
        </Tabs.Panel>
        <Tabs.Panel value="rules">
          <Rules />
        </Tabs.Panel>
      </Tabs>
    </Page>
  )
}

function Now() {
  const { alerts } = useBeat()
  if (alerts === undefined) return <Bones />
  const firing = alerts.filter(({ state }) => state === 'firing')
  const pending = alerts.filter(({ state }) => state === 'pending')
  return (
    <div className="oak-stack">
      {firing.length === 0 ? (
        <Card>
          <Empty icon={IconCircleCheck} title="Nothing is wrong">
            Alerts appear here within seconds of their cause, without a reload.
          </Empty>
        </Card>
      ) : (
        <AlertList alerts={firing} />
      )}
      {pending.length === 0 ? null : (
        <section>
          <h2 className="oak-section">May become an alert</h2>
          <AlertList alerts={pending} />
        </section>
      )}
    </div>
  )
}

function Past() {
  const { api } = useInfrastructure()
  const { alerts } = useBeat()
  // What ends now leaves the list of those that fire: then it is past.
  const mark = (alerts ?? []).map(({ id, state }) => `${id}${state}`).join()
  const past = useQuery({
    queryKey: ['past-alerts', mark],
    queryFn: async ({ signal }) => (await api.get<{ readonly past: readonly Alert[] }>('/alerts', {}, signal)).past,
    placeholderData: (before) => before,
  })
  return (
    <Answered query={past} back={BACK}>
      {(known) =>
        known.length === 0 ? (
          <Card>
            <Empty icon={IconHistory} title="Nothing was wrong yet">
              Alerts that are over are kept here.
            </Empty>
          </Card>
        ) : (
          <AlertList alerts={known} />
        )
      }
    </Answered>
  )
}

function Rules() {
  const { api } = useInfrastructure()
  const rules = useQuery({ queryKey: ['rules'], queryFn: ({ signal }) => api.get<readonly AlertRule[]>('/rules', {}, signal) })
  return (
    <Answered query={rules} back={BACK}>
      {(known) => (
        <div className="oak-stack">
          <RuleTable rules={known} />
          <p className="oak-muted">
            A file of your own adds to them, replaces and leaves out: set <code>alerts.rules</code>. Who is told:{' '}
            <code>alerts.webhooks</code> and <code>alerts.mailTo</code>.
          </p>
        </div>
      )}
    </Answered>
  )
}
