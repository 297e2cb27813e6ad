import { OakError } from '@oakestra/base'

export const DEFAULT_API = 'http://127.0.0.1:10000'

export interface AddressSources {
  /** `--api`. */
  readonly flag?: string
  /** `OAK_API`. */
  readonly variable?: string
  /** What a running `oak up` of this data directory wrote down. */
  readonly running?: string
}

/** Where root's API is: the flag, the environment, a root running on this machine, the usual place. */
export function apiAddress(sources: AddressSources): URL {
  return parseAddress(sources.flag || sources.variable || sources.running || DEFAULT_API)
}

/** Reads `host`, `host:port` or a URL. @throws OakError `bad-request` */
export function parseAddress(text: string): URL {
  const withScheme = /^[a-z]+:\/\//.test(text) ? text : `http://${text}`
  if (!URL.canParse(withScheme)) throw wrongAddress(text)
  const url = new URL(withScheme)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw wrongAddress(text)
  if (url.port === '' && !text.includes('://')) url.port = '10000'
  return new URL(url.origin)
}

function wrongAddress(text: string): OakError {
  return new OakError('bad-request', `"${text}" is not an address; expected host, host:port or http://host:port`)
}
