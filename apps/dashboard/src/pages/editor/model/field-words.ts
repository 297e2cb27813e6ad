/** Names of fields as people read them. A field that is not here is named by its key. */
const WORDS: Readonly<Record<string, string>> = {
  microservice_name: 'Name',
  microservice_namespace: 'Namespace',
  virtualization: 'Runtime',
  code: 'Image',
  cmd: 'Command',
  args: 'Arguments',
  environment: 'Environment',
  memory: 'Memory (MiB)',
  vcpus: 'Cores',
  vgpus: 'GPUs',
  vtpus: 'TPUs',
  storage: 'Storage (MiB)',
  bandwidth_in: 'Bandwidth in (KB)',
  bandwidth_out: 'Bandwidth out (KB)',
  port: 'Published ports',
  one_shot: 'One-shot: runs to its end once',
  privileged: 'Privileged: may do to its node what it likes',
  arch: 'Architectures',
  replicas: 'Number of instances',
  rr_ip: 'Round robin, IPv4',
  rr_ip_v6: 'Round robin, IPv6',
  closest_ip: 'Closest, IPv4',
  closest_ip_v6: 'Closest, IPv6',
  csi_driver: 'CSI driver',
  http: 'By HTTP',
  tcp: 'By TCP',
  command: 'By command',
}

/** What to write, where the schema does not say. */
const HINTS: Readonly<Record<string, string>> = {
  microservice_name: '1 to 30 letters and digits.',
  microservice_namespace: '1 to 30 letters and digits.',
  cmd: 'One word per line, the program first. Empty: what the image says.',
  args: 'One per line.',
  environment: 'NAME=value, one per line.',
  arch: 'One per line: amd64, arm64.',
  memory: '0: no demand and no limit.',
  vcpus: '0: no demand and no limit.',
  storage: '0: no demand.',
  vgpus: '0: none.',
  node: 'Names, separated by ";".',
}

export function fieldLabel(key: string): string {
  const known = WORDS[key]
  if (known !== undefined) return known
  const words = key.replaceAll('_', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

export function fieldHelp(key: string, help: string | undefined): string | undefined {
  return HINTS[key] ?? help?.replaceAll('`', '')
}
