import type { Attachment } from '../network.ts'
import { hostPrefix } from './addresses.ts'
import { MTU, OVERLAY } from './constants.ts'
import type { NamespaceConfig, Route, Sysctl } from './kernel-config.ts'
import { INSTANCE_LINK, macOf, namespaceName, portName } from './names.ts'
import type { Frame } from './plan-context.ts'

const sysctl = (path: string, value: string): Sysctl => ({ path, value, mode: 'set' })

/** The same for every instance. A new namespace copies its IPv4 settings from the machine's, so they are all said here. */
export const NAMESPACE_SYSCTLS: readonly Sysctl[] = [
  sysctl('net/ipv4/ip_forward', '0'),
  ...['all', 'default'].flatMap((which) => [
    // A redirect would make the instance bypass the bridge, and with it the translation of service addresses.
    sysctl(`net/ipv4/conf/${which}/accept_redirects`, '0'),
    sysctl(`net/ipv4/conf/${which}/send_redirects`, '0'),
    sysctl(`net/ipv4/conf/${which}/promote_secondaries`, '1'),
    sysctl(`net/ipv6/conf/${which}/accept_redirects`, '0'),
    sysctl(`net/ipv6/conf/${which}/accept_ra`, '0'),
    sysctl(`net/ipv6/conf/${which}/accept_dad`, '0'),
    sysctl(`net/ipv6/conf/${which}/disable_ipv6`, '0'),
  ]),
  // What container images have come to expect: ports below 1024 and ping without being root.
  sysctl('net/ipv4/ip_unprivileged_port_start', '0'),
  sysctl('net/ipv4/ping_group_range', '0\t2147483647'),
]

/** The namespace of one instance with both of its addresses on `eth0` (`reference/network.md` 10.1). */
export function planNamespace(frame: Frame, attachment: Attachment): NamespaceConfig {
  const { subnet, gateway } = frame
  const { instanceId, namespaceV4, namespaceV6, instanceV4, instanceV6 } = attachment
  return {
    name: namespaceName(frame.tag, instanceId),
    port: { name: portName(frame.tag, instanceId), mac: macOf(namespaceV4), mtu: MTU },
    sysctls: NAMESPACE_SYSCTLS,
    addresses: [`${namespaceV4}/${subnet.v4.length}`, hostPrefix(instanceV4), `${namespaceV6}/${subnet.v6.length}`, hostPrefix(instanceV6)],
    routes: [
      route('0.0.0.0/0', gateway.v4, namespaceV4),
      route(OVERLAY.v4, gateway.v4, instanceV4),
      route('::/0', gateway.v6, namespaceV6),
      route(OVERLAY.v6, gateway.v6, instanceV6),
    ],
  }
}

function route(to: string, via: string, src: string): Route {
  return { to, via, dev: INSTANCE_LINK, src }
}
