import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { forkBeside } from '../fork-beside.ts'
import type { SiteAnswer, SiteOrder } from './site-process.ts'

type Message = { readonly answer: SiteAnswer } | { readonly error: string }

/** Clusters and nodes in a process of their own, which is asked one thing at a time. */
export class FarSite implements AsyncDisposable {
  readonly #child: ChildProcess
  #last: Promise<unknown> = Promise.resolve()

  constructor() {
    this.#child = forkBeside(import.meta.url, 'site-process')
  }

  /** Tells it to do something. Gives how things are there afterwards. */
  tell(order: SiteOrder): Promise<SiteAnswer> {
    const answer = this.#last.then(() => this.#exchange(order))
    this.#last = answer.catch(() => undefined)
    return answer
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const gone = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await gone
  }

  #exchange(order: SiteOrder): Promise<SiteAnswer> {
    const child = this.#child
    return new Promise((resolve, reject) => {
      const onExit = (code: number | null, signal: string | null) => finish({ error: `the process of a site ended (${signal ?? code})` })
      const finish = (message: Message) => {
        child.off('message', finish).off('exit', onExit)
        if ('answer' in message) resolve(message.answer)
        else reject(new Error(message.error))
      }
      child.on('message', finish).on('exit', onExit)
      child.send(order)
    })
  }
}
