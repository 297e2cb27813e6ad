import { OakError } from '@oakestra/base'
import type { LogEntry, LogKeeper, LogQuery } from '../logs.ts'
import type { FakeMachine } from './fake-machine.ts'

/** Logs in the memory of a machine. */
export function createFakeLogKeeper({ machine }: { readonly machine: FakeMachine }): LogKeeper {
  return {
    open: async (id) => {
      machine.beforeAct('open-log', id)
      if (!machine.logs.has(id)) machine.logs.set(id, [])
      return { stdoutPath: `/fake/${id}/stdout`, stderrPath: `/fake/${id}/stderr` }
    },
    flush: async () => undefined,
    read: (id, query, signal) => read(machine, id, query, signal),
    remove: async (id) => {
      machine.beforeAct('remove-log', id)
      machine.logs.delete(id)
      machine.changed(`log ${id}`)
    },
    list: async () => [...machine.logs.keys()],
    [Symbol.asyncDispose]: async () => undefined,
  }
}

async function* read(machine: FakeMachine, id: string, query: LogQuery, signal: AbortSignal): AsyncIterable<LogEntry> {
  const entries = machine.logs.get(id)
  if (!entries) throw new OakError('not-found', `nothing is kept under ${id}`)
  const since = entries.filter(({ timeMs }) => timeMs >= (query.sinceMs ?? 0))
  yield* query.tail === undefined ? since : since.slice(Math.max(0, since.length - query.tail))
  for (let next = entries.length; query.follow && !signal.aborted && machine.logs.get(id) === entries; ) {
    if (next < entries.length) yield* entries.slice(next)
    next = entries.length
    await change(machine, id, signal)
  }
}

function change(machine: FakeMachine, id: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      unsubscribe()
      signal.removeEventListener('abort', done)
      resolve()
    }
    const unsubscribe = machine.onChange((changed) => void (changed === `log ${id}` && done()))
    signal.addEventListener('abort', done, { once: true })
  })
}
