import { createHash } from 'node:crypto'
import { join, resolve } from 'node:path'

// sockaddr_un.sun_path holds 108 bytes with its end; the daemon appends `.ttrpc` for its shims. unix(7).
const SOCKET_PATH_BYTES_MAX = 107 - '.ttrpc'.length

/** Where a private daemon keeps what. */
export interface PrivatePlaces {
  readonly dir: string
  readonly root: string
  readonly state: string
  readonly config: string
  readonly log: string
  readonly pidFile: string
  readonly socket: string
  /** Set when the socket had to go elsewhere. */
  readonly socketDir: string | undefined
  /** Marks that the machine's own daemon was chosen. */
  readonly machineChoice: string
}

/** Everything below the given directory, unless its path is too long for a socket. */
export function privatePlaces(dataDir: string): PrivatePlaces {
  const dir = resolve(dataDir)
  const near = join(dir, 'containerd.sock')
  const isShort = Buffer.byteLength(near) <= SOCKET_PATH_BYTES_MAX
  const socketDir = isShort ? undefined : `/run/oakestra/${createHash('sha256').update(dir).digest('hex').slice(0, 16)}`
  return {
    dir,
    root: join(dir, 'root'),
    state: join(dir, 'state'),
    config: join(dir, 'config.toml'),
    log: join(dir, 'containerd.log'),
    pidFile: join(dir, 'containerd.pid'),
    socket: socketDir === undefined ? near : join(socketDir, 'containerd.sock'),
    socketDir,
    machineChoice: join(dir, 'use-machine-containerd'),
  }
}

/** The daemon's settings. `reference/lab.md` 3.1. */
export function privateConfig(places: PrivatePlaces): string {
  const text = (value: string) => JSON.stringify(value)
  return [
    'version = 2',
    `root = ${text(places.root)}`,
    `state = ${text(places.state)}`,
    // Kubernetes' interface: memory for nothing, and it would bring its own network.
    'disabled_plugins = ["io.containerd.grpc.v1.cri"]',
    // Lowering it needs a right that containers of machines lack. `reference/lab.md` 2.
    'oom_score = 0',
    '[grpc]',
    `  address = ${text(places.socket)}`,
    '[debug]',
    // A line per container and more would grow the log for ever.
    '  level = "warn"',
    '[plugins."io.containerd.internal.v1.opt"]',
    // By default a directory under /opt is made.
    `  path = ${text(join(places.dir, 'opt'))}`,
    '',
  ].join('\n')
}
