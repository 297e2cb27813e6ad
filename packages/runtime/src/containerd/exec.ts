import { mkdtemp, open, rm, stat, writeFile } from 'node:fs/promises'
import { constants, tmpdir } from 'node:os'
import path from 'node:path'
import { type Clock, type IdGenerator, OakError, onAbort } from '@oakestra/base'
import type { ExecOptions, ExecResult } from '../runtime.ts'
import { TasksDefinition } from './api.ts'
import type { ContainerdClient } from './client.ts'
import type { Containers } from './containers.ts'
import { hasCode, ignoring } from './grpc/status.ts'

// containerd `typeurl`: how it tells types apart that are JSON inside.
const PROCESS_TYPE = 'types.containerd.io/opencontainers/runtime-spec/1/Process'
const OUTPUT_BYTES_KEPT = 4096
// What a command prints lands in a file first; one that prints without end must not fill the disk.
const OUTPUT_BYTES_MAX = 1024 * 1024
const OUTPUT_LOOK_MS = 250
// What a shell says of a program that it cannot run (POSIX 2.8.2).
const NOT_RUNNABLE_EXIT = 127

export interface ExecutorParts {
  readonly client: ContainerdClient
  readonly containers: Containers
  readonly clock: Clock
  readonly ids: IdGenerator
}

/** Runs commands beside the process of a container: in its namespaces, as its user, with its environment and rights. */
export class Executor {
  readonly #parts: ExecutorParts

  constructor(parts: ExecutorParts) {
    this.#parts = parts
  }

  /** See `Runtime.exec`. */
  async run(id: string, options: ExecOptions, signal?: AbortSignal): Promise<ExecResult> {
    const process = await this.#parts.containers.processOf(id, signal)
    if (!process) throw new OakError('not-found', `there is no container ${id}`)
    const dir = await mkdtemp(path.join(tmpdir(), 'oak-exec-'))
    try {
      const output = path.join(dir, 'output')
      await writeFile(output, '')
      const spec = { ...process, args: [...options.command], terminal: false }
      const exitCode = await this.#runIn(id, spec, output, options, signal)
      return typeof exitCode === 'number' ? { exitCode, output: await head(output) } : exitCode
    } finally {
      await rm(dir, { recursive: true, force: true })
    }
  }

  async #runIn(id: string, spec: object, output: string, options: ExecOptions, signal?: AbortSignal): Promise<number | ExecResult> {
    const { client, ids } = this.#parts
    const names = { containerId: id, execId: ids.next() }
    const request = { ...names, stdout: output, stderr: output, spec: { typeUrl: PROCESS_TYPE, value: Buffer.from(JSON.stringify(spec)) } }
    await client.call(TasksDefinition, 'exec', request, { signal })
    try {
      const refusal = await client.call(TasksDefinition, 'start', names, { signal }).then(() => undefined, refused)
      return refusal ?? (await this.#wait(names, output, options, signal))
    } finally {
      await client.call(TasksDefinition, 'deleteProcess', names, {}).catch(ignoring('not-found', 'conflict', 'unavailable'))
    }
  }

  async #wait(names: ExecNames, output: string, { timeoutMs }: ExecOptions, signal?: AbortSignal): Promise<number> {
    const { client } = this.#parts
    const enough = new AbortController()
    const unlink = onAbort(signal ?? enough.signal, () => enough.abort(signal?.reason))
    const watching = this.#watchSize(output, enough)
    try {
      return (await client.call(TasksDefinition, 'wait', names, { signal: enough.signal, timeoutMs })).exitStatus
    } catch (thrown) {
      await this.#end(names)
      if (enough.signal.reason instanceof OakError) throw enough.signal.reason
      throw thrown
    } finally {
      unlink()
      watching.cancel()
    }
  }

  #watchSize(output: string, enough: AbortController): { cancel(): void } {
    const { clock } = this.#parts
    const over = new AbortController()
    const look = async (): Promise<void> => {
      const size = await stat(output).then(
        (found) => found.size,
        () => 0,
      )
      if (size > OUTPUT_BYTES_MAX) enough.abort(new OakError('limit-exceeded', 'the command printed more than a megabyte'))
      else if (!over.signal.aborted) timer = clock.after(OUTPUT_LOOK_MS, () => void look())
    }
    let timer = clock.after(OUTPUT_LOOK_MS, () => void look())
    const cancel = () => {
      over.abort()
      timer.cancel()
    }
    return { cancel }
  }

  async #end(names: ExecNames): Promise<void> {
    const { client } = this.#parts
    const kill = { ...names, signal: constants.signals.SIGKILL, all: false }
    await client.call(TasksDefinition, 'kill', kill, {}).catch(ignoring('not-found', 'conflict'))
    await client.call(TasksDefinition, 'wait', names, { timeoutMs: 5_000 }).catch(ignoring('not-found', 'deadline-exceeded'))
  }
}

interface ExecNames {
  readonly containerId: string
  readonly execId: string
}

/** A command that cannot be run is an answer; anything else is not. */
function refused(thrown: unknown): ExecResult {
  if (hasCode(thrown, 'unavailable', 'aborted', 'deadline-exceeded', 'not-found') || !(thrown instanceof Error)) throw thrown
  return { exitCode: NOT_RUNNABLE_EXIT, output: thrown.message.slice(0, OUTPUT_BYTES_KEPT) }
}

async function head(file: string): Promise<string> {
  const handle = await open(file)
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(OUTPUT_BYTES_KEPT), 0, OUTPUT_BYTES_KEPT, 0)
    return buffer.toString('utf8', 0, bytesRead)
  } finally {
    await handle.close()
  }
}
