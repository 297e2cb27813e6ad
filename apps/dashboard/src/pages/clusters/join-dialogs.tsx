import { Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core'
import type { Api } from '@oakestra/api-client'
import { type FormEvent, useState } from 'react'
import { failureOf } from '../../api/failure.ts'
import { useApp } from '../../app-services.ts'
import { CopyBlock } from '../../ui/copy.tsx'

interface DialogProps {
  readonly opened: boolean
  readonly close: () => void
}

export function JoinClusterDialog({ opened, close }: DialogProps) {
  return (
    <Modal opened={opened} onClose={close} title={<strong>Join a cluster</strong>} size="lg">
      {opened ? <ClusterForm close={close} /> : null}
    </Modal>
  )
}

function ClusterForm({ close }: { readonly close: () => void }) {
  const { api } = useApp()
  const [name, setName] = useState('')
  const { token, problem, busy, make } = useToken(() => api.call('POST /api/clusters/join-token', { body: { cluster_name: name.trim() } }))
  if (token !== undefined) {
    return (
      <Command
        text={`oak cluster --detach --cluster-name ${name.trim()}`}
        variable="OAK_CLUSTER_JOIN_TOKEN"
        token={token}
        close={close}
        machine="the machine of the cluster"
      />
    )
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    make()
  }
  return (
    <form onSubmit={submit}>
      <Stack gap="lg">
        <TextInput
          label="Name of the cluster"
          description="Letters, digits, dots, dashes and underscores."
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={problem}
          data-autofocus
        />
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={close}>
            Cancel
          </Button>
          <Button type="submit" loading={busy} disabled={name.trim() === ''}>
            Make a token
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

export function JoinNodeDialog({ cluster, opened, close }: DialogProps & { readonly cluster: Api.Cluster }) {
  return (
    <Modal opened={opened} onClose={close} title={<strong>Join a node to {cluster.cluster_name}</strong>} size="lg">
      {opened ? <NodeForm cluster={cluster} close={close} /> : null}
    </Modal>
  )
}

function NodeForm({ cluster, close }: { readonly cluster: Api.Cluster; readonly close: () => void }) {
  const { api } = useApp()
  const { token, problem, busy, make } = useToken(() =>
    api.call('POST /api/cluster/{clusterId}/join-token', { params: { clusterId: cluster._id } }),
  )
  if (token !== undefined)
    return (
      <Command text="oak node --detach" variable="OAK_NODE_JOIN_TOKEN" token={token} close={close} machine="the machine that is to join" />
    )
  return (
    <Stack gap="lg">
      <Text>A token lets one machine join, once. The command that comes with it is all that has to be run there.</Text>
      {problem ? (
        <Text c="red" role="alert">
          {problem}
        </Text>
      ) : null}
      <Group justify="flex-end" gap="sm">
        <Button variant="default" onClick={close}>
          Cancel
        </Button>
        <Button onClick={make} loading={busy} data-autofocus>
          Make a token
        </Button>
      </Group>
    </Stack>
  )
}

interface CommandProps {
  readonly text: string
  readonly variable: string
  readonly token: string
  readonly machine: string
  readonly close: () => void
}

/** The token is a secret: it goes by the environment, not by a process list. */
function Command({ text, variable, token, machine, close }: CommandProps) {
  return (
    <Stack gap="md">
      <Text>Run this as root on {machine}, where the program is installed. The token works once, for a day, and is not shown again.</Text>
      <CopyBlock text={`${variable}='${token}' ${text}`} label="the command" />
      <Group justify="flex-end">
        <Button onClick={close}>Done</Button>
      </Group>
    </Stack>
  )
}

function useToken(ask: () => Promise<Api.JoinToken>) {
  const [token, setToken] = useState<string>()
  const [problem, setProblem] = useState<string>()
  const [busy, setBusy] = useState(false)
  const make = async () => {
    setBusy(true)
    setProblem(undefined)
    try {
      setToken((await ask()).token)
    } catch (thrown) {
      setProblem(failureOf(thrown).text)
    } finally {
      setBusy(false)
    }
  }
  return { token, problem, busy, make: () => void make() }
}
