import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { OakError } from '@oakestra/base'
import { asIdentity, identify, isRunning, type ProcessIdentity } from './process-identity.ts'

/**
 * Takes a lock that a crash releases: the file names its holder, and counts only while that very process runs.
 * @throws OakError `conflict` naming the holder
 */
export function acquireLock(path: string): Disposable {
  const self = identify(process.pid)
  if (!self) throw new OakError('not-supported', 'the daemons need Linux with /proc mounted')
  if (!tryLink(path, self)) takeOver(path, self)
  return { [Symbol.dispose]: () => release(path, self) }
}

/** Who holds the lock now. */
export function lockHolder(path: string): ProcessIdentity | undefined {
  const holder = readIdentity(path)
  return holder && isRunning(holder) ? holder : undefined
}

/** A link fails when its name exists, and shows the whole content when it appears: no reader sees half a file. */
function tryLink(path: string, self: ProcessIdentity): boolean {
  const own = writeOwn(path, self)
  try {
    linkSync(own, path)
    return true
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'EEXIST') return false
    throw thrown
  } finally {
    rmSync(own, { force: true })
  }
}

/** Replaces a lock whose holder is gone. A second lock makes sure that two successors do not both do so. */
function takeOver(path: string, self: ProcessIdentity): void {
  refuseIfHeld(path)
  const gate = `${path}.takeover`
  if (!tryLink(gate, self)) {
    refuseIfHeld(gate)
    // Its holder died within the few microseconds that a takeover lasts.
    rmSync(gate, { force: true })
    if (!tryLink(gate, self)) throw heldBy(path, undefined)
  }
  try {
    refuseIfHeld(path)
    renameSync(writeOwn(path, self), path)
  } finally {
    rmSync(gate, { force: true })
  }
}

function refuseIfHeld(path: string): void {
  const holder = lockHolder(path)
  if (holder) throw heldBy(path, holder)
}

function heldBy(path: string, holder: ProcessIdentity | undefined): OakError {
  const who = holder ? `process ${holder.pid}` : 'another process that is just starting'
  return new OakError('conflict', `${who} already runs with this data directory (${path})`, {
    details: { ...(holder && { pid: holder.pid }) },
  })
}

function release(path: string, self: ProcessIdentity): void {
  const holder = readIdentity(path)
  if (holder?.pid === self.pid && holder.startTicks === self.startTicks) rmSync(path, { force: true })
}

function writeOwn(path: string, self: ProcessIdentity): string {
  const own = `${path}.${self.pid}`
  writeFileSync(own, JSON.stringify(self), { mode: 0o600 })
  return own
}

function readIdentity(path: string): ProcessIdentity | undefined {
  try {
    return asIdentity(JSON.parse(readFileSync(path, 'utf8')))
  } catch {
    return undefined
  }
}
