import type { DescriptorDocument } from './descriptor-of.ts'

export interface Template {
  readonly id: string
  readonly title: string
  readonly text: string
  readonly service: DescriptorDocument
}

const common = { microservice_namespace: 'default', virtualization: 'container', memory: 100, vcpus: 1 }

/** Beginnings. Images and addresses are those of upstream's examples. */
export const TEMPLATES: readonly Template[] = [
  {
    id: 'nginx',
    title: 'Web server',
    text: 'nginx, published on port 8080 of its node',
    service: { ...common, microservice_name: 'nginx', code: 'docker.io/library/nginx:latest', port: '8080:80' },
  },
  {
    id: 'one-shot',
    title: 'One-shot',
    text: 'runs a command to its end, once',
    service: {
      ...common,
      microservice_name: 'curl',
      code: 'docker.io/curlimages/curl:7.82.0',
      cmd: ['sh', '-c', 'curl 10.30.55.55 ; sleep 5'],
      one_shot: true,
    },
  },
  {
    id: 'unikernel',
    title: 'Unikernel',
    text: 'nginx as a virtual machine of its own',
    service: {
      ...common,
      microservice_name: 'nginx',
      virtualization: 'unikernel',
      code: 'https://github.com/oakestra/oakestra/releases/download/alpha-v0.4.301/nginx_amd64.tar.gz',
      arch: ['amd64'],
      memory: 400,
      port: '80:80',
    },
  },
  {
    id: 'ipv6',
    title: 'IPv6',
    text: 'nginx with service addresses of its own, in both families',
    service: {
      ...common,
      microservice_name: 'nginx',
      code: 'docker.io/library/nginx:latest',
      addresses: { rr_ip: '10.30.55.55', rr_ip_v6: 'fdff:2000::55:55' },
    },
  },
  {
    id: 'empty',
    title: 'From nothing',
    text: 'an empty form',
    service: { microservice_name: '', microservice_namespace: 'default', virtualization: 'container', code: '' },
  },
]

export function templateOf(id: string | undefined): Template {
  const [first] = TEMPLATES
  const found = TEMPLATES.find((template) => template.id === id) ?? first
  if (!found) throw new Error('there are no templates')
  return found
}

/** An application around the service of a template. */
export function newApplication({ service }: Template): DescriptorDocument {
  const application = { application_name: '', application_namespace: 'default', application_desc: '', microservices: [service] }
  return { sla_version: 'v2.0', customerID: '', applications: [application] }
}
