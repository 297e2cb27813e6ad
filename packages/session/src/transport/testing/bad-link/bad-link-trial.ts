import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { until } from '@oakestra/base/testing'
import { BadLink } from './bad-link.ts'

/** What one end of a link said. */
export interface LinkEvent {
  readonly role: 'parent' | 'child'
  readonly event: 'ready' | 'connected' | 'end'
  readonly how?: 'silent' | 'closed' | 'left'
  readonly silentMs?: number
  readonly reason?: string
}

export interface TrialOptions {
  readonly children: number
  readonly datagrams: boolean
}

const PROGRAM = path.join(import.meta.dirname, 'end-of-link.ts')
const START_MS = 120_000

/** A parent of nodes and its children with default leases, as two processes at the ends of a link that can be made bad. */
export class BadLinkTrial implements AsyncDisposable {
  readonly link: BadLink
  readonly events: LinkEvent[] = []
  readonly #dir: string
  readonly #processes: ChildProcessByStdio<Writable, Readable, null>[] = []

  private constructor(link: BadLink, dir: string) {
    this.link = link
    this.#dir = dir
  }

  /** Resolves when all children are connected, over a good link. */
  static async start(options: TrialOptions): Promise<BadLinkTrial> {
    const trial = new BadLinkTrial(BadLink.create(), await mkdtemp(path.join(os.tmpdir(), 'oak-bad-link-')))
    try {
      trial.#run('parent', trial.link.parentNamespace, options)
      await until('the parent listens', () => existsSync(path.join(trial.#dir, 'identities.json')), { timeoutMs: START_MS })
      trial.#run('child', trial.link.childNamespace, options)
      await until('all are connected', () => trial.count('parent', 'connected') >= options.children, { timeoutMs: START_MS })
      return trial
    } catch (thrown) {
      await trial[Symbol.asyncDispose]()
      throw thrown
    }
  }

  count(role: LinkEvent['role'], event: LinkEvent['event'], how?: LinkEvent['how']): number {
    return this.events.filter((each) => each.role === role && each.event === event && (how === undefined || each.how === how)).length
  }

  /** Connections that an end gave up though the link was only bad. */
  get falseEnds(): number {
    return this.count('parent', 'end', 'silent') + this.count('child', 'end', 'silent')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = this.#processes.map(
      (each) => new Promise((resolve) => (each.exitCode === null ? each.once('exit', resolve) : resolve(0))),
    )
    for (const each of this.#processes) each.stdin.end()
    await Promise.all(ended)
    this.link[Symbol.dispose]()
    await rm(this.#dir, { recursive: true, force: true })
  }

  #run(role: LinkEvent['role'], namespace: string, { datagrams, children }: TrialOptions): void {
    const program = [process.execPath, '--import', 'tsx', PROGRAM, role, this.#dir, `${datagrams}`, `${children}`]
    const started = spawn('nsenter', [`--net=/run/netns/${namespace}`, ...program], { stdio: ['pipe', 'pipe', 'inherit'] })
    this.#processes.push(started)
    createInterface(started.stdout).on('line', (line) => void this.events.push(JSON.parse(line) as LinkEvent))
  }
}
