import type { Mount, WorkloadSpec } from '../../runtime.ts'
import type { ImageConfig } from '../images/config.ts'
import { containerCapabilities } from './capabilities.ts'
import { containerEnvironment } from './environment.ts'
import type { MachineFacts } from './machine.ts'
import { type SeccompProfile, seccompProfile } from './seccomp.ts'
import type { ProcessUser } from './user.ts'

const CPU_PERIOD_US = 100_000
// The kernel refuses a quota below 1 ms. Documentation/scheduler/sched-bwc.rst.
const CPU_QUOTA_US_MIN = 1000
// What Docker gives; programs that count all possible descriptors are slow above.
const OPEN_FILES_SOFT_MAX = 65_536
const OPEN_FILES_HARD_MAX = 1_048_576

const MASKED_PATHS = [
  '/proc/acpi',
  '/proc/asound',
  '/proc/interrupts',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/scsi',
  '/proc/sched_debug',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/sys/devices/virtual/powercap',
  '/sys/firmware',
]
const READONLY_PATHS = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger']

export interface OciMount {
  readonly destination: string
  readonly type: string
  readonly source: string
  readonly options: readonly string[]
}

export interface OciDevice {
  readonly path: string
  readonly type: 'c'
  readonly major: number
  readonly minor: number
  readonly fileMode: number
}

export interface OciSpecInput {
  readonly workload: WorkloadSpec
  readonly image: ImageConfig
  readonly user: ProcessUser
  readonly machine: MachineFacts
  readonly cgroupsPath: string
  readonly pidsDefault: number
  /** Device nodes that a privileged container finds; see `privileged-devices.ts`. */
  readonly devices: readonly OciDevice[]
}

/** The container as runc wants it told. OCI runtime specification. */
export function planOciSpec(input: OciSpecInput): OciSpec {
  const { workload, machine } = input
  return {
    ociVersion: '1.0.2',
    hostname: workload.hostname,
    root: { path: 'rootfs', readonly: false },
    process: planProcess(input),
    mounts: [...systemMounts(workload.privileged), ...workload.mounts.map(bindMount)],
    linux: planLinux(input, workload.privileged || !machine.hasSeccomp ? undefined : seccompProfile(machine.architecture)),
  }
}

export type OciSpec = Readonly<Record<string, unknown>> & {
  readonly process: ReturnType<typeof planProcess>
  readonly mounts: readonly OciMount[]
  readonly linux: ReturnType<typeof planLinux>
}

/** What is run: the service's command in place of all the image says, or the image's own. */
export function processArguments(command: readonly string[], image: Pick<ImageConfig, 'entrypoint' | 'command'>): readonly string[] {
  return command.length > 0 ? command : [...image.entrypoint, ...image.command]
}

function planProcess({ workload, image, user, machine }: OciSpecInput) {
  const capabilities = containerCapabilities(workload.privileged, machine.capabilities)
  const hard = Math.min(machine.openFilesMax, OPEN_FILES_HARD_MAX)
  return {
    terminal: false,
    user,
    args: processArguments(workload.command, image),
    env: containerEnvironment(image.environment, workload.hostname, workload.environment),
    cwd: image.workingDir,
    // Not inheritable and not ambient: a process that leaves root loses them.
    capabilities: { bounding: capabilities, effective: capabilities, permitted: capabilities },
    rlimits: [{ type: 'RLIMIT_NOFILE', hard, soft: Math.min(hard, OPEN_FILES_SOFT_MAX) }],
    noNewPrivileges: !workload.privileged,
  }
}

function planLinux({ workload, machine, cgroupsPath, pidsDefault, devices }: OciSpecInput, seccomp: SeccompProfile | undefined) {
  const isolation = workload.privileged ? {} : { maskedPaths: MASKED_PATHS, readonlyPaths: READONLY_PATHS }
  return {
    cgroupsPath,
    namespaces: namespaces(workload.netnsPath, machine),
    resources: {
      devices: [{ allow: workload.privileged, access: 'rwm' }],
      pids: { limit: workload.limits.pids ?? pidsDefault },
      ...memoryLimit(workload.limits.memoryBytes, machine),
      ...cpuLimit(workload.limits.cpus),
    },
    ...(devices.length > 0 && { devices }),
    ...(seccomp && { seccomp }),
    ...isolation,
  }
}

function namespaces(netnsPath: string, machine: MachineFacts) {
  const own = ['pid', 'ipc', 'uts', 'mount'].map((type) => ({ type }))
  // With the first version the mount below shows a container its own groups without it.
  const cgroup = machine.cgroups.version === 2 ? [{ type: 'cgroup' }] : []
  return [...own, ...cgroup, { type: 'network', path: netnsPath }]
}

function memoryLimit(bytes: number | undefined, { cgroups }: MachineFacts) {
  if (bytes === undefined) return {}
  // Memory and swap together: a container over its limit ends, instead of slowing the machine down.
  return { memory: { limit: bytes, ...(cgroups.canLimitSwap && { swap: bytes }) } }
}

function cpuLimit(cpus: number | undefined) {
  if (cpus === undefined) return {}
  return { cpu: { period: CPU_PERIOD_US, quota: Math.max(CPU_QUOTA_US_MIN, Math.round(cpus * CPU_PERIOD_US)) } }
}

function systemMounts(isPrivileged: boolean): readonly OciMount[] {
  const mount = (destination: string, type: string, options: readonly string[]) => ({ destination, type, source: type, options })
  const access = isPrivileged ? 'rw' : 'ro'
  return [
    mount('/proc', 'proc', ['nosuid', 'noexec', 'nodev']),
    mount('/dev', 'tmpfs', ['nosuid', 'strictatime', 'mode=755', 'size=65536k']),
    mount('/dev/pts', 'devpts', ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', 'gid=5']),
    mount('/dev/shm', 'tmpfs', ['nosuid', 'noexec', 'nodev', 'mode=1777', 'size=65536k']),
    mount('/dev/mqueue', 'mqueue', ['nosuid', 'noexec', 'nodev']),
    mount('/sys', 'sysfs', ['nosuid', 'noexec', 'nodev', access]),
    // Language runtimes size themselves by the limits they find here.
    mount('/sys/fs/cgroup', 'cgroup', ['nosuid', 'noexec', 'nodev', 'relatime', access]),
  ]
}

function bindMount({ source, target, readonly }: Mount): OciMount {
  return { destination: target, type: 'bind', source, options: ['rbind', 'rprivate', readonly ? 'ro' : 'rw'] }
}
