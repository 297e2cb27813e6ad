import type { InstanceView, ServiceView } from '../local/views.ts'

/** A service in the words of upstream's resource abstractor, with the instances that `isShown`. `reference/orchestration.md` 8.1. */
export function jobView(service: ServiceView, isShown: (number: number) => boolean = () => true): Readonly<Record<string, unknown>> {
  const [app_name = '', app_ns = '', microservice_name = '', microservice_namespace = ''] = service.name.split('.')
  const roundRobin = service.service_addresses.find(({ policy }) => policy === 'round-robin')
  return {
    _id: { $oid: service.id },
    microserviceID: service.id,
    job_name: service.name,
    app_name,
    app_ns,
    microservice_name,
    microservice_namespace,
    RR_ip: roundRobin?.v4 ?? '',
    RR_ip_v6: roundRobin?.v6 ?? '',
    instance_list: service.instances.filter(({ number }) => isShown(number)).map(instanceView),
  }
}

/** Words of upstream's for what an instance does. */
const STATUS: Readonly<Record<string, string>> = {
  creating: 'CREATING',
  running: 'RUNNING',
  stopping: 'UNDEPLOYED',
  completed: 'COMPLETED',
  failed: 'FAILED',
  dead: 'DEAD',
  unplaced: 'CLUSTER_SCHEDULED',
  'node-scheduled': 'NODE_SCHEDULED',
  ending: 'UNDEPLOYED',
  gone: 'UNDEPLOYED',
}

function instanceView({ number, state, detail, node_id, host_address, addresses }: InstanceView): Readonly<Record<string, unknown>> {
  return {
    instance_number: number,
    status: STATUS[state] ?? 'CREATING',
    status_detail: detail,
    worker_id: node_id ?? '',
    host_ip: host_address ?? '',
    publicip: host_address ?? '',
    instance_ip: addresses.v4,
    instance_ip_v6: addresses.v6,
  }
}
