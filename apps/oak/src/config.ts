import { readFileSync } from 'node:fs'
import { OakError } from '@oakestra/base'
import { parse } from 'yaml'
import type { z } from 'zod'
import { configSchema } from './config/schema.ts'
import { environmentName, SETTINGS } from './config/settings.ts'
import { shownValue } from './config/values.ts'
import { DEFAULT_CONFIG_FILE } from './places.ts'

/**
 * What a daemon is told from outside, complete and checked.
 *
 * `cluster.parent` and `node.parent` are absent unless set: the join token names the parent, and without a token
 * the parent is on this machine (`oak up`).
 */
export type OakConfig = z.output<typeof configSchema>

export interface ConfigSources {
  readonly env: Readonly<Record<string, string | undefined>>
  /** By setting path, as given on the command line. */
  readonly flags: Readonly<Record<string, string | undefined>>
  /** `--config`; wins over `OAK_CONFIG` and the usual place. Must exist when given. */
  readonly file?: string
  /** Reads a file; undefined when there is none. Replaced in tests. */
  readonly readFile?: (path: string) => string | undefined
}

/** A configuration and, for each setting, where its value came from. */
export interface LoadedConfig {
  readonly config: OakConfig
  /** By setting path: `default`, `flag`, the name of an environment variable, or the file. */
  readonly origins: ReadonlyMap<string, string>
}

type Tree = { [key: string]: unknown }

/**
 * The one reader of configuration: file, then environment, then flags.
 * @throws OakError `bad-request` that lists every problem at once, each with where the value came from
 */
export function loadConfig(sources: ConfigSources): LoadedConfig {
  const { tree, file } = readTree(sources)
  const origins = new Map<string, string>()
  for (const { path } of SETTINGS) origins.set(path, layer(tree, path, sources, file))
  const parsed = configSchema.safeParse(tree)
  if (parsed.success) return { config: parsed.data, origins }
  const problems = parsed.error.issues.map((issue) => describeIssue(issue, tree, origins, file))
  throw new OakError(
    'bad-request',
    `the configuration has ${problems.length === 1 ? 'a problem' : `${problems.length} problems`}:\n${problems.join('\n')}`,
  )
}

/** Lays environment and flag over the file's value of one setting, and says which of them counts. */
function layer(tree: Tree, path: string, sources: ConfigSources, file: string): string {
  const flag = sources.flags[path]
  const variable = environmentName(path)
  // An empty variable is what a shell leaves of an unset one; it sets nothing.
  const fromEnvironment = sources.env[variable] || undefined
  const value = flag ?? fromEnvironment
  if (value === undefined) return get(tree, path) === undefined ? 'default' : file
  put(tree, path, value)
  return flag === undefined ? variable : 'flag'
}

function readTree(sources: ConfigSources): { readonly tree: Tree; readonly file: string } {
  const asked = sources.file ?? (sources.env['OAK_CONFIG'] || undefined)
  const file = asked ?? DEFAULT_CONFIG_FILE
  const text = (sources.readFile ?? readIfThere)(file)
  if (text === undefined) {
    if (asked) throw new OakError('bad-request', `there is no configuration file ${file}`)
    return { tree: {}, file }
  }
  return { tree: parseFile(text, file), file }
}

function parseFile(text: string, file: string): Tree {
  let value: unknown
  try {
    value = parse(text)
  } catch (thrown) {
    throw new OakError('bad-request', `${file} is not YAML: ${thrown instanceof Error ? thrown.message : thrown}`, { cause: thrown })
  }
  if (value === null || value === undefined) return {}
  if (!isTree(value)) throw new OakError('bad-request', `${file} must hold settings by name, such as "dataDir: /var/lib/oakestra"`)
  return value
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return undefined
    throw new OakError('bad-request', `cannot read ${path}: ${thrown instanceof Error ? thrown.message : thrown}`, { cause: thrown })
  }
}

function describeIssue(issue: z.core.$ZodIssue, tree: Tree, origins: ReadonlyMap<string, string>, file: string): string {
  const path = issue.path.join('.')
  if (issue.code === 'unrecognized_keys') {
    const names = issue.keys.map((key) => (path ? `${path}.${key}` : key)).join(', ')
    return `  ${names} (${file}): there is no such setting; "oak config show" lists them`
  }
  const secret = SETTINGS.some((setting) => setting.path === path && setting.secret)
  const value = get(tree, path)
  const got = secret || value === undefined ? '' : `, got ${JSON.stringify(value)}`
  return `  ${path} (${origins.get(path) ?? file}): ${issue.message}${got}`
}

/** The effective values as lines of `path`, `value`, `origin`; secrets are only said to be set. */
export function describeConfig(
  loaded: LoadedConfig,
): readonly { readonly path: string; readonly value: unknown; readonly origin: string }[] {
  return SETTINGS.map(({ path, secret }) => {
    const value = get(loaded.config, path)
    return { path, value: secret && value !== undefined ? '(set)' : shownValue(value), origin: loaded.origins.get(path) ?? 'default' }
  })
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function get(tree: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((value, key) => (isTree(value) ? value[key] : undefined), tree)
}

function put(tree: Tree, path: string, value: unknown): void {
  const keys = path.split('.')
  const last = keys.pop()
  if (last === undefined) return
  let at = tree
  for (const key of keys) {
    const next = at[key]
    if (isTree(next)) at = next
    else at = at[key] = {}
  }
  at[last] = value
}
