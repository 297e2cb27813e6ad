import { accessSync, constants, existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { OakError } from '@oakestra/base'
import type { Accelerator } from '../guest/command-line.ts'
import { tinyKernel } from '../guest/tiny-kernel.ts'
import { runProgram } from './run-program.ts'

export interface QemuFacts {
  readonly program: string
  readonly version: string
  readonly accelerator: Accelerator
}

export interface QemuChoice {
  /** In Go's words. */
  readonly architecture: string
  /** Guests may run without KVM: slowly, and on the processor time of everybody else. */
  readonly allowTcg: boolean
  readonly useKvm: boolean
  /** Where programs are looked for, as in `PATH`. */
  readonly path: string
}

interface Emulator {
  readonly program: string
  readonly packageName: string
}

const EMULATORS: Readonly<Record<string, Emulator>> = {
  amd64: { program: 'qemu-system-x86_64', packageName: 'qemu-system-x86' },
  arm64: { program: 'qemu-system-aarch64', packageName: 'qemu-system-arm' },
}
const KVM_DEVICE = '/dev/kvm'
// A machine with KVM boots it in a tenth of a second; one that emulates it in another emulator never does.
const PROOF_MS = 5_000
// Of processor time: on a busy machine a proof may wait, but one that has worked for so long is emulated.
const PROOF_CPU_S = 2
/** Under way, by program: the runtimes of one agent look at the same time, and at the same machine. */
const proofs = new Map<string, Promise<boolean>>()

/**
 * What runs guests on this machine. KVM counts once it has run one: some machines offer the device and then fail at the first
 * instruction they have to emulate (`reference/lab.md` 8).
 * @throws OakError `unavailable` with what to do
 */
export async function findQemu(choice: QemuChoice): Promise<QemuFacts> {
  const program = findProgram(choice)
  const { stdout } = await runProgram(program, ['-version'])
  const version = /version (\S+)/.exec(stdout)?.[1] ?? 'unknown'
  const fault = choice.useKvm ? await kvmFault(program, choice.architecture) : 'KVM is switched off'
  if (!fault) return { program, version, accelerator: 'kvm' }
  if (choice.allowTcg) return { program, version, accelerator: 'tcg' }
  throw new OakError('unavailable', `${fault}; to run guests without KVM, slowly, set node.unikernel.allowTcg`)
}

/** Full path of the emulator. @throws OakError `unavailable` with what to install */
export function findProgram({ architecture, path }: Pick<QemuChoice, 'architecture' | 'path'>): string {
  const emulator = EMULATORS[architecture]
  if (!emulator) throw new OakError('unavailable', `guests cannot be run on ${architecture}`)
  const found = path
    .split(':')
    .map((dir) => join(dir, emulator.program))
    .find(isExecutable)
  if (!found) throw new OakError('unavailable', `QEMU is not installed: there is no ${emulator.program}; install ${emulator.packageName}`)
  return found
}

/** Why KVM cannot be used; `undefined` when it can. */
async function kvmFault(program: string, architecture: string): Promise<string | undefined> {
  if (!existsSync(KVM_DEVICE)) return 'this machine has no KVM'
  // The proof is written for the one processor that tests can show it on.
  if (architecture !== 'amd64') return undefined
  return (await sharedProof(program)) ? undefined : 'this machine has /dev/kvm, but it does not run guests'
}

function sharedProof(program: string): Promise<boolean> {
  const proof = proofs.get(program) ?? provesKvm(program).finally(() => proofs.delete(program))
  proofs.set(program, proof)
  return proof
}

async function provesKvm(program: string): Promise<boolean> {
  const dir = await mkdtemp(join(tmpdir(), 'oak-kvm-'))
  try {
    const kernel = join(dir, 'kernel')
    await writeFile(kernel, tinyKernel({ kind: 'prove' }))
    const machine = ['-M', 'q35,accel=kvm', '-m', '16M', '-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot']
    const args = [`--cpu=${PROOF_CPU_S}`, program, ...machine, '-kernel', kernel]
    const { code } = await runProgram('prlimit', args, { timeoutMs: PROOF_MS, until: /KVM internal error/ })
    return code === 0
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
