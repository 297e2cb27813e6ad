/** One thing an operator may set: by file, by environment, by flag, in that order of rising strength. */
export interface Setting {
  /** Where the value lives in the file and in `OakConfig`. The environment variable follows from it, see `environmentName`. */
  readonly path: string
  /** Long flag with its placeholder, as `oak up --help` shows it; absent for secrets, which must not appear in a process list, and for what is seldom set. */
  readonly flag?: string
  readonly roles: readonly Role[]
  readonly description: string
  /** Never printed. */
  readonly secret?: true
}

export type Role = 'root' | 'cluster' | 'node'

const ALL: readonly Role[] = ['root', 'cluster', 'node']

/** Every setting there is. `oak config show`, the flags of the daemons and `docs/cli.md` follow from this list. */
export const SETTINGS: readonly Setting[] = [
  { path: 'dataDir', flag: '--data-dir <directory>', roles: ALL, description: 'where all state is kept' },
  { path: 'log.level', flag: '--log-level <level>', roles: ALL, description: 'error, warn, info or debug' },
  { path: 'alerts.rules', roles: ['root', 'cluster'], description: 'file of alert rules, beside those that come along' },
  { path: 'alerts.webhooks', roles: ['root', 'cluster'], description: 'addresses that alerts are posted to' },
  { path: 'alerts.webhookSecret', roles: ['root', 'cluster'], secret: true, description: 'with which they are signed' },
  { path: 'alerts.mailTo', roles: ['root'], description: 'people who are mailed alerts, by the server of root.mail' },
  { path: 'root.api.host', flag: '--api-host <address>', roles: ['root'], description: 'address the REST API listens on' },
  { path: 'root.api.port', flag: '--api-port <port>', roles: ['root'], description: 'port of the REST API' },
  { path: 'root.dashboardPort', flag: '--dashboard-port <port>', roles: ['root'], description: 'port of the dashboard, or off' },
  {
    path: 'root.infrastructurePort',
    flag: '--infrastructure-port <port>',
    roles: ['root'],
    description: 'port of the infrastructure dashboard, or off',
  },
  { path: 'root.sessions.host', flag: '--root-sessions-host <address>', roles: ['root'], description: 'address clusters connect to' },
  { path: 'root.sessions.port', flag: '--root-sessions-port <port>', roles: ['root'], description: 'port clusters connect to' },
  {
    path: 'root.adminPassword',
    roles: ['root'],
    secret: true,
    description: "the Admin user's first password; made at first start when absent",
  },
  { path: 'root.origins', roles: ['root'], description: 'pages that may call the API: same-host, *, or origins' },
  { path: 'root.events.max', roles: ['root'], description: 'events that are kept' },
  { path: 'root.events.days', roles: ['root'], description: 'days for which events are kept' },
  { path: 'root.mail.host', roles: ['root'], description: 'mail server for password resets' },
  { path: 'root.mail.port', roles: ['root'], description: 'its port' },
  { path: 'root.mail.tls', roles: ['root'], description: 'TLS from the start, not by STARTTLS' },
  { path: 'root.mail.user', roles: ['root'], description: 'who root is to the mail server' },
  { path: 'root.mail.password', roles: ['root'], secret: true, description: 'password for the mail server' },
  { path: 'root.mail.from', roles: ['root'], description: 'sender of mails' },
  { path: 'root.mail.dashboard', roles: ['root'], description: 'address of the dashboard, for links in mails' },
  { path: 'root.areas', roles: ['root'], description: 'places that descriptors may name, as name=lat,lon' },
  { path: 'root.resourceAbstractorHost', roles: ['root'], description: 'address of the port of the resource abstractor' },
  { path: 'root.resourceAbstractorPort', roles: ['root'], description: 'serve the resource abstractor on a port of its own, too' },
  { path: 'root.scheduler.policy', flag: '--root-policy <name>', roles: ['root'], description: 'how clusters are chosen' },
  { path: 'root.scheduler.url', roles: ['root'], description: 'an external scheduler that is asked first' },
  { path: 'root.scheduler.token', roles: ['root'], secret: true, description: 'what the external scheduler asks for' },
  { path: 'root.scheduler.timeoutMs', roles: ['root'], description: 'longest wait for the external scheduler' },
  { path: 'cluster.name', flag: '--cluster-name <name>', roles: ['cluster'], description: 'name of the cluster at its root' },
  { path: 'cluster.location', flag: '--cluster-location <place>', roles: ['cluster'], description: 'free text, or lat,lon,radius' },
  { path: 'cluster.parent', flag: '--root <host:port>', roles: ['cluster'], description: 'where root listens for clusters' },
  { path: 'cluster.joinToken', roles: ['cluster'], secret: true, description: 'what root gave out for this cluster' },
  { path: 'cluster.api.host', flag: '--cluster-api-host <address>', roles: ['cluster'], description: "address of the cluster's own API" },
  { path: 'cluster.api.port', flag: '--cluster-api-port <port>', roles: ['cluster'], description: "port of the cluster's own API" },
  { path: 'cluster.infrastructurePort', roles: ['cluster'], description: "port of the cluster's own infrastructure dashboard, or off" },
  { path: 'cluster.resourceAbstractorHost', roles: ['cluster'], description: 'address of the port of the resource abstractor' },
  { path: 'cluster.resourceAbstractorPort', roles: ['cluster'], description: 'serve the resource abstractor on a port of its own, too' },
  { path: 'cluster.sessions.host', flag: '--cluster-sessions-host <address>', roles: ['cluster'], description: 'address nodes connect to' },
  { path: 'cluster.sessions.port', flag: '--cluster-sessions-port <port>', roles: ['cluster'], description: 'port nodes connect to' },
  { path: 'cluster.scheduler.policy', flag: '--cluster-policy <name>', roles: ['cluster'], description: 'how nodes are chosen' },
  { path: 'cluster.scheduler.url', roles: ['cluster'], description: 'an external scheduler that is asked first' },
  { path: 'cluster.scheduler.token', roles: ['cluster'], secret: true, description: 'what the external scheduler asks for' },
  { path: 'cluster.scheduler.timeoutMs', roles: ['cluster'], description: 'longest wait for the external scheduler' },
  { path: 'node.name', flag: '--node-name <name>', roles: ['node'], description: 'name of the node; the host name when absent' },
  { path: 'node.parent', flag: '--cluster <host:port>', roles: ['node'], description: 'where the cluster listens for nodes' },
  { path: 'node.joinToken', roles: ['node'], secret: true, description: 'what the cluster gave out for this node' },
  { path: 'node.address', flag: '--node-address <address>', roles: ['node'], description: 'address other nodes reach this one at' },
  { path: 'node.containerdSocket', flag: '--containerd <path>', roles: ['node'], description: 'use this containerd, not a private one' },
  {
    path: 'cluster.cpuOvercommit',
    flag: '--cpu-overcommit <factor>',
    roles: ['cluster'],
    description: 'promise this many times the cores there are',
  },
  { path: 'node.tunnelPort', flag: '--tunnel-port <port>', roles: ['node'], description: 'UDP port of the tunnel between nodes' },
  { path: 'node.metricsHost', roles: ['node'], description: 'address of the metrics of a node alone' },
  { path: 'node.metricsPort', roles: ['node'], description: 'serve the metrics of a node alone on this port' },
  { path: 'node.labels', flag: '--node-labels <list>', roles: ['node'], description: 'key=value,... that descriptors may ask for' },
  { path: 'node.location', flag: '--node-location <lat,lon>', roles: ['node'], description: 'where the node is, in degrees' },
  { path: 'node.addons', flag: '--node-addons <list>', roles: ['node'], description: 'names of add-ons the node offers' },
  { path: 'node.csiDrivers', flag: '--csi-drivers <list>', roles: ['node'], description: 'names of CSI drivers the node offers' },
  { path: 'node.unikernel.enabled', flag: '-u, --unikernel [on]', roles: ['node'], description: 'run unikernels and guests, on QEMU' },
  {
    path: 'node.unikernel.allowTcg',
    flag: '--allow-tcg [on]',
    roles: ['node'],
    description: 'run guests also where KVM does not work: slowly',
  },
]

/** `root.api.port` is `OAK_ROOT_API_PORT`, `dataDir` is `OAK_DATA_DIR`. */
export function environmentName(path: string): string {
  const snake = path.replaceAll('.', '_').replaceAll(/([a-z])([A-Z])/g, '$1_$2')
  return `OAK_${snake.toUpperCase()}`
}

/** The settings that matter to a process with these roles. */
export function settingsFor(roles: readonly Role[]): readonly Setting[] {
  return SETTINGS.filter((setting) => setting.roles.some((role) => roles.includes(role)))
}
