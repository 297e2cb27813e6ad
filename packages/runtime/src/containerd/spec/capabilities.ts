// The fourteen that Docker and containerd give every container.
const DEFAULT = [
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'NET_RAW',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
]

// In the order of their numbers. linux/capability.h.
const ALL = [
  ...['CHOWN', 'DAC_OVERRIDE', 'DAC_READ_SEARCH', 'FOWNER', 'FSETID', 'KILL', 'SETGID', 'SETUID', 'SETPCAP', 'LINUX_IMMUTABLE'],
  ...['NET_BIND_SERVICE', 'NET_BROADCAST', 'NET_ADMIN', 'NET_RAW', 'IPC_LOCK', 'IPC_OWNER', 'SYS_MODULE', 'SYS_RAWIO', 'SYS_CHROOT'],
  ...['SYS_PTRACE', 'SYS_PACCT', 'SYS_ADMIN', 'SYS_BOOT', 'SYS_NICE', 'SYS_RESOURCE', 'SYS_TIME', 'SYS_TTY_CONFIG', 'MKNOD', 'LEASE'],
  ...['AUDIT_WRITE', 'AUDIT_CONTROL', 'SETFCAP', 'MAC_OVERRIDE', 'MAC_ADMIN', 'SYSLOG', 'WAKE_ALARM', 'BLOCK_SUSPEND', 'AUDIT_READ'],
  ...['PERFMON', 'BPF', 'CHECKPOINT_RESTORE'],
]

/** Every capability whose bit is set: what this machine's root may do. */
export function capabilitiesOfMask(mask: bigint): readonly string[] {
  return ALL.filter((_, number) => (mask >> BigInt(number)) & 1n).map((name) => `CAP_${name}`)
}

/**
 * Capabilities of a container: few by default, all there are when privileged.
 * @param available what the machine can give; asking for more makes runc refuse. `reference/lab.md` 2.
 */
export function containerCapabilities(isPrivileged: boolean, available: readonly string[]): readonly string[] {
  if (isPrivileged) return available
  const wanted = DEFAULT.map((name) => `CAP_${name}`)
  return wanted.filter((name) => available.includes(name))
}
