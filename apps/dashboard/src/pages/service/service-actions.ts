import type { Api } from '@oakestra/api-client'
import { useApp } from '../../app-services.ts'
import { useAction } from '../../ui/use-action.ts'
import { count } from '../../words/amounts.ts'

/** Undeploys every instance, in the words of upstream. `reference/orchestration.md` 2.4 */
const ALL_INSTANCES = -1

/** Everything one can do to a service. */
export function useServiceActions(service: Api.Service) {
  const { api } = useApp()
  const { microserviceID: serviceId, microservice_name: name } = service
  const params = { serviceId }
  const deploy = useAction({
    act: () => api.call('POST /api/service/{serviceId}/instance', { params }),
    done: ({ instance_number }: Api.AddedInstance) => `Instance ${instance_number} of ${name} is on its way`,
  })
  const scale = useAction<number | null>({
    act: (replicas) => api.call('PUT /api/service/{serviceId}/replicas', { params, body: { replicas } }),
    done: (_, replicas) => (replicas === null ? `${name} keeps what it has` : `${name} shall have ${count(replicas, 'instance')}`),
  })
  const rollBack = useAction<number | undefined>({
    act: (revision) => api.call('POST /api/service/{serviceId}/rollback', { params, body: revision === undefined ? {} : { revision } }),
    done: () => `${name} goes back to what it was`,
  })
  const undeploy = useAction({
    act: () => undeployAll(),
    done: () => `All instances of ${name} end`,
  })
  const remove = useAction({
    act: () => api.call('DELETE /api/service/{serviceId}', { params }),
    done: () => `${name} is being removed`,
  })
  // With a declared number, instances that end are made up for: nobody shall want any.
  const undeployAll = () =>
    service.replicas === null
      ? api.call('DELETE /api/service/{serviceId}/instance/{instanceNumber}', { params: { ...params, instanceNumber: ALL_INSTANCES } })
      : api.call('PUT /api/service/{serviceId}/replicas', { params, body: { replicas: 0 } })
  return { deploy, scale, rollBack, undeploy, remove }
}

/** Everything one can do to an instance. */
export function useInstanceActions({ microserviceID: serviceId, replicas }: Api.Service, instanceNumber: number) {
  const { api } = useApp()
  const params = { serviceId, instanceNumber }
  const move = useAction<{ readonly cluster_id?: string; readonly node_id?: string }>({
    act: (target) => api.call('POST /api/service/{serviceId}/instance/{instanceNumber}/move', { params, body: target }),
    done: () => `Instance ${instanceNumber} moves`,
  })
  const undeploy = useAction({
    act: () => api.call('DELETE /api/service/{serviceId}/instance/{instanceNumber}', { params }),
    done: () => `Instance ${instanceNumber} ends`,
  })
  const restart = useAction({
    act: () => api.call('POST /api/service/{serviceId}/instance/{instanceNumber}/restart', { params, body: {} }),
    done: () => `Instance ${instanceNumber} is started again`,
  })
  // The new one is asked for first, so that a declared number is what it was once this one is gone.
  const replace = useAction({
    act: async () => {
      if (replicas === null) await api.call('POST /api/service/{serviceId}/instance', { params: { serviceId } })
      else await api.call('PUT /api/service/{serviceId}/replicas', { params: { serviceId }, body: { replicas: replicas + 1 } })
      await api.call('DELETE /api/service/{serviceId}/instance/{instanceNumber}', { params })
    },
    done: () => `A new instance takes the place of instance ${instanceNumber}`,
  })
  return { move, undeploy, restart, replace }
}
