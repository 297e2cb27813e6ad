import type { Api } from '@oakestra/api-client'
import { CopyValue } from '../../ui/copy.tsx'
import { Card, Facts } from '../../ui/page.tsx'
import { count, mebibytesText } from '../../words/amounts.ts'

/** What a service is and asks for. */
export function ServiceFacts({ service }: { readonly service: Api.Service }) {
  return (
    <div className="oak-grid-2">
      <Card title="Reached at">
        <Facts
          facts={[
            address('Service address', service.RR_ip),
            address('The same in IPv6', service.RR_ip_v6),
            address('Closest instance', service.closest_ip),
            address('Closest, IPv6', service.closest_ip_v6),
            { name: 'Published ports', value: service.port || <span className="oak-muted">none</span> },
            { name: 'Full name', value: <CopyValue text={service.job_name} label="the full name" /> },
          ]}
        />
      </Card>
      <Card title="Runs">
        <Facts
          facts={[
            { name: 'Image', value: <CopyValue text={service.code} label="the image" /> },
            { name: 'Runtime', value: service.virtualization === 'docker' ? 'container' : service.virtualization },
            service.cmd.length > 0 && { name: 'Command', value: <span className="oak-mono">{service.cmd.join(' ')}</span> },
            { name: 'Asks for', value: demand(service) },
            { name: 'Kind', value: service.one_shot ? 'one-shot: runs to its end once' : 'runs until it is undeployed' },
            service.arch.length > 0 && { name: 'Architectures', value: service.arch.join(', ') },
            service.privileged && { name: 'Privileged', value: 'yes: it may do to its node what it likes' },
          ]}
        />
      </Card>
    </div>
  )
}

function address(name: string, text: string) {
  return text !== '' && { name, value: <CopyValue text={text} label={name.toLowerCase()} /> }
}

function demand({ memory, vcpus, vgpus, storage }: Api.Service): string {
  const parts = [
    vcpus > 0 && count(vcpus, 'core'),
    memory > 0 && `${mebibytesText(memory)} memory`,
    vgpus > 0 && count(vgpus, 'GPU'),
    storage > 0 && `${mebibytesText(storage)} storage`,
  ].filter((part) => part !== false)
  return parts.length > 0 ? parts.join(', ') : 'nothing in particular'
}
