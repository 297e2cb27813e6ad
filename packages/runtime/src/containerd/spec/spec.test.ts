import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { WorkloadSpec } from '../../runtime.ts'
import { signalNumber } from '../signals.ts'
import { capabilitiesOfMask, containerCapabilities } from './capabilities.ts'
import { containerEnvironment } from './environment.ts'
import { type MachineFacts, parseCgroupMounts, parseOpenFilesMax } from './machine.ts'
import { planOciSpec, processArguments } from './oci-spec.ts'
import { layerDirectories, rootFileReader } from './root-files.ts'
import { resolveUser } from './user.ts'

const machine: MachineFacts = {
  architecture: 'amd64',
  capabilities: capabilitiesOfMask(0x1fffeffffffn),
  openFilesMax: 20_000,
  hasSeccomp: true,
  cgroups: { version: 1, mounts: {}, canLimitSwap: true },
}
const workload: WorkloadSpec = {
  id: 'one',
  revision: 1,
  labels: {},
  image: 'box',
  command: [],
  environment: ['A=service'],
  hostname: 'web-0',
  limits: {},
  privileged: false,
  netnsPath: '/run/netns/one',
  mounts: [{ source: '/srv/hosts', target: '/etc/hosts', readonly: true }],
  stdoutPath: '/out',
  stderrPath: '/err',
}
const image = {
  environment: ['A=image', 'B=image'],
  entrypoint: ['/bin/web'],
  command: ['-v'],
  user: '',
  workingDir: '/srv',
  diffIds: [],
  chainId: '',
}

function plan(changes: Partial<WorkloadSpec> = {}, facts: Partial<MachineFacts> = {}) {
  const user = { uid: 5, gid: 6, additionalGids: [] }
  const input = {
    workload: { ...workload, ...changes },
    image,
    user,
    machine: { ...machine, ...facts },
    cgroupsPath: '/oak/one',
    pidsDefault: 100,
    devices: [],
  }
  return planOciSpec(input)
}

describe('the specification of a container', () => {
  test('has no limits but that of processes when none are given', () => {
    expect(plan().linux.resources).toEqual({ devices: [{ allow: false, access: 'rwm' }], pids: { limit: 100 } })
  })

  test('has the limits that are given, swap included', () => {
    expect(plan({ limits: { memoryBytes: 1000, cpus: 1.5, pids: 7 } }).linux.resources).toMatchObject({
      memory: { limit: 1000, swap: 1000 },
      cpu: { quota: 150_000, period: 100_000 },
      pids: { limit: 7 },
    })
  })

  test('asks for no limit of swap where the kernel has none', () => {
    const cgroups = { ...machine.cgroups, canLimitSwap: false }
    expect(plan({ limits: { memoryBytes: 1000 } }, { cgroups }).linux.resources).toMatchObject({ memory: { limit: 1000 } })
    expect(JSON.stringify(plan({ limits: { memoryBytes: 1000 } }, { cgroups }))).not.toContain('"swap"')
  })

  test('never gives less processor time than the kernel takes', () => {
    expect(plan({ limits: { cpus: 0.0001 } }).linux.resources).toMatchObject({ cpu: { quota: 1000 } })
  })

  test('opens no more files than this machine may', () => {
    expect(plan().process.rlimits).toEqual([{ type: 'RLIMIT_NOFILE', hard: 20_000, soft: 20_000 }])
    expect(plan({}, { openFilesMax: 2_000_000 }).process.rlimits).toEqual([{ type: 'RLIMIT_NOFILE', hard: 1_048_576, soft: 65_536 }])
  })

  test('joins the prepared network and has everything else to itself', () => {
    const types = plan().linux.namespaces.map(({ type }) => type)
    expect(types).toEqual(['pid', 'ipc', 'uts', 'mount', 'network'])
    expect(plan().linux.namespaces.at(-1)).toEqual({ type: 'network', path: '/run/netns/one' })
    expect(plan({}, { cgroups: { ...machine.cgroups, version: 2 } }).linux.namespaces).toContainEqual({ type: 'cgroup' })
  })

  test('mounts what the agent gives, after its own', () => {
    expect(plan().mounts.at(-1)).toEqual({
      destination: '/etc/hosts',
      type: 'bind',
      source: '/srv/hosts',
      options: ['rbind', 'rprivate', 'ro'],
    })
  })

  test('is closed by default and open when privileged', () => {
    expect(plan()).toMatchObject({
      process: { noNewPrivileges: true },
      linux: { seccomp: { defaultAction: 'SCMP_ACT_ERRNO' }, readonlyPaths: expect.any(Array) },
    })
    const open = plan({ privileged: true })
    expect(open.process.noNewPrivileges).toBe(false)
    expect(open.process.capabilities.bounding).toEqual(machine.capabilities)
    expect(open.linux).not.toHaveProperty('seccomp')
    expect(open.linux).not.toHaveProperty('maskedPaths')
  })

  test('runs the command of the service in place of everything the image says', () => {
    expect(processArguments([], image)).toEqual(['/bin/web', '-v'])
    expect(processArguments(['/bin/sh'], image)).toEqual(['/bin/sh'])
  })

  test('merges environments, the service last', () => {
    expect(containerEnvironment(image.environment, 'web-0', ['A=service', 'PATH=/x'])).toEqual([
      'PATH=/x',
      'HOSTNAME=web-0',
      'A=service',
      'B=image',
    ])
  })

  test('never asks for a capability the machine lacks', () => {
    expect(containerCapabilities(false, ['CAP_CHOWN', 'CAP_SYS_ADMIN'])).toEqual(['CAP_CHOWN'])
    expect(capabilitiesOfMask(0n)).toEqual([])
    expect(machine.capabilities).not.toContain('CAP_SYS_RESOURCE')
  })
})

describe('facts of the machine', () => {
  test('tell the layouts of control groups apart', () => {
    const line = (point: string, type: string, options: string) =>
      `30 23 0:26 / ${point} rw,relatime shared:9 - ${type} ${type} rw,${options}`
    const v1 = [
      line('/sys/fs/cgroup/memory', 'cgroup', 'memory'),
      line('/sys/fs/cgroup/cpu,cpuacct', 'cgroup', 'cpu,cpuacct'),
      line('/sys/fs/cgroup/unified', 'cgroup2', ''),
    ]
    expect(parseCgroupMounts(v1.join('\n'))).toMatchObject({
      memory: '/sys/fs/cgroup/memory',
      cpuacct: '/sys/fs/cgroup/cpu,cpuacct',
      '': '/sys/fs/cgroup/unified',
    })
    expect(parseCgroupMounts(line('/sys/fs/cgroup', 'cgroup2', ''))).toEqual({ '': '/sys/fs/cgroup' })
  })

  test.each([
    ['Max open files            1024                 20000                files', 20_000],
    ['Max open files            1024                 unlimited            files', 1024 * 1024],
  ])('know the limit in %j', (limits, expected) => {
    expect(parseOpenFilesMax(limits)).toBe(expected)
  })
})

describe('the user of an image', () => {
  const files = {
    'etc/passwd': 'root:x:0:0::/:/bin/sh\nweb:x:100:101::/:\nbroken\n',
    'etc/group': 'web:x:101:\nmail:x:8:web,other\nadm:x:4:web\n',
  }
  const resolve = (user: string, found: Partial<typeof files> = files) => resolveUser(user, async (path) => found[path])

  test.each([
    ['', { uid: 0, gid: 0, additionalGids: [] }],
    ['web', { uid: 100, gid: 101, additionalGids: [8, 4] }],
    ['100', { uid: 100, gid: 101, additionalGids: [8, 4] }],
    ['web:mail', { uid: 100, gid: 8, additionalGids: [] }],
    ['web:55', { uid: 100, gid: 55, additionalGids: [] }],
    ['1234', { uid: 1234, gid: 0, additionalGids: [] }],
    ['1234:5', { uid: 1234, gid: 5, additionalGids: [] }],
  ])('%j is %j', async (user, expected) => {
    expect(await resolve(user)).toEqual(expected)
  })

  test('is root in an image without a list of users', async () => {
    expect(await resolve('', {})).toEqual({ uid: 0, gid: 0, additionalGids: [] })
  })

  test.each(['nobody', 'web:none', '99999999999', '-1'])('%j is refused when the image does not know it', async (user) => {
    await expect(resolve(user)).rejects.toMatchObject({ code: 'image-invalid' })
  })
})

describe('files of an image that is not mounted', () => {
  let dir: string
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'oak-root-'))
    for (const layer of ['top', 'bottom']) await mkdir(join(dir, layer, 'etc'), { recursive: true })
  })
  afterEach(() => rm(dir, { recursive: true }))

  const overlay = () => [
    {
      type: 'overlay',
      source: 'overlay',
      target: '',
      options: ['workdir=/w', `upperdir=${dir}/none`, `lowerdir=${dir}/top:${dir}/bottom`],
    },
  ]

  test('come from the topmost layer that has them', async () => {
    const read = rootFileReader(overlay())
    expect(await read('etc/passwd')).toBeUndefined()
    await writeFile(join(dir, 'bottom/etc/passwd'), 'bottom')
    expect(await read('etc/passwd')).toBe('bottom')
    await writeFile(join(dir, 'top/etc/passwd'), 'top')
    expect(await read('etc/passwd')).toBe('top')
  })

  test('are never looked for through a link', async () => {
    await symlink('/etc/passwd', join(dir, 'top/etc/passwd'))
    await expect(rootFileReader(overlay())('etc/passwd')).rejects.toMatchObject({ code: 'image-invalid' })
    await rm(join(dir, 'top/etc'), { recursive: true })
    await symlink('/etc', join(dir, 'top/etc'))
    await expect(rootFileReader(overlay())('etc/passwd')).rejects.toMatchObject({ code: 'image-invalid' })
  })

  test('are not read when they are too long', async () => {
    await writeFile(join(dir, 'top/etc/passwd'), Buffer.alloc(2 * 1024 * 1024))
    await expect(rootFileReader(overlay())('etc/passwd')).rejects.toMatchObject({ code: 'image-invalid' })
  })

  test('may be in one directory', () => {
    expect(layerDirectories([{ type: 'bind', source: '/x', target: '', options: [] }])).toEqual(['/x'])
  })
})

test.each([
  [undefined, 15],
  ['', 15],
  ['SIGQUIT', 3],
  ['quit', 3],
  ['9', 9],
  ['SIGRTMIN+3', 37],
  ['RTMAX-1', 63],
  ['SIGNONE', 15],
  ['99', 15],
])('the signal %j is number %i', (name, expected) => {
  expect(signalNumber(name)).toBe(expected)
})
