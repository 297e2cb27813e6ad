import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { isRecord } from './answers.ts'

/** A login that was made and may be used again. */
export interface StoredLogin {
  readonly username: string
  readonly token: string
  readonly refreshToken?: string
}

/** Keeps logins between commands, by the address of the API. */
export interface TokenStore {
  get(api: string): StoredLogin | undefined
  set(api: string, login: StoredLogin): void
  /** Says whether there was one. */
  delete(api: string): boolean
}

/** Logins in one file that only its owner can read. An unreadable file counts as empty: the worst is a new login. */
export function fileTokenStore(path: string): TokenStore {
  return {
    get: (api) => asLogin(read(path)[api]),
    set: (api, login) => write(path, { ...read(path), [api]: login }),
    delete: (api) => {
      const { [api]: removed, ...others } = read(path)
      if (removed === undefined) return false
      if (Object.keys(others).length > 0) write(path, others)
      else rmSync(path, { force: true })
      return true
    },
  }
}

function read(path: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'))
    return isRecord(value) ? value : {}
  } catch {
    return {}
  }
}

function write(path: string, logins: Readonly<Record<string, unknown>>): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const temporary = `${path}.${process.pid}`
  writeFileSync(temporary, `${JSON.stringify(logins, undefined, 2)}\n`, { mode: 0o600 })
  renameSync(temporary, path)
}

function asLogin(value: unknown): StoredLogin | undefined {
  if (!isRecord(value)) return undefined
  const { username, token, refreshToken } = value
  if (typeof username !== 'string' || typeof token !== 'string') return undefined
  return { username, token, ...(typeof refreshToken === 'string' && { refreshToken }) }
}
