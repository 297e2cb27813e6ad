import { connect, isIP } from 'node:net'
import { onAbort } from '@oakestra/base'
import type { DebugAnswer } from '../../daemon/debug-socket.ts'
import { places } from '../../daemon/state-file.ts'
import { type CliContext, dataDirOf } from '../context.ts'
import { CliFailure, EXIT } from '../failure.ts'
import { type Options, printResult } from '../options.ts'

const NO_NODE = 'start one with "oak up --detach" or "oak node", or say with --data-dir which one is meant'

/** Prints what the running node of this machine knows, line by line. */
export async function debugNet(context: CliContext, address: string | undefined, options: Options): Promise<void> {
  if (address !== undefined && isIP(address) === 0) throw new CliFailure(EXIT.usage, `"${address}" is no address`)
  const path = places.debug(await dataDirOf(context, options))
  const said = await ask(path, JSON.stringify({ ...(address !== undefined && { address }) }), context.signal)
  if ('error' in said) throw new CliFailure(EXIT.failure, said.error)
  printResult(context, options.json, said, () => said.lines)
}

function ask(path: string, question: string, signal: AbortSignal): Promise<DebugAnswer> {
  return new Promise((resolve, reject) => {
    const socket = connect(path)
    const unlink = onAbort(signal, () => void socket.destroy())
    let text = ''
    socket.setEncoding('utf8').on('data', (part: string) => (text += part))
    socket.on('error', (error) => reject(failureOf(error)))
    socket.on('close', () => {
      unlink()
      try {
        resolve(JSON.parse(text) as DebugAnswer)
      } catch {
        reject(new CliFailure(EXIT.failure, 'the node ended before it had answered', 'ask again'))
      }
    })
    socket.end(question)
  })
}

function failureOf(error: Error): CliFailure {
  const code = 'code' in error ? error.code : undefined
  if (code === 'EACCES') return new CliFailure(EXIT.refused, 'only the owner of the data directory may ask the node', 'ask as root')
  if (code === 'ENOENT' || code === 'ECONNREFUSED') return new CliFailure(EXIT.unreachable, 'no node runs here', NO_NODE)
  return new CliFailure(EXIT.failure, `the node cannot be asked: ${error.message}`)
}
