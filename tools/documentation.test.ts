import { existsSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { realClock } from '@oakestra/base'
import type { Command } from 'commander'
import { describe, expect, it } from 'vitest'
import type { CliContext } from '../apps/oak/src/cli/context.ts'
import { createOutput } from '../apps/oak/src/cli/output.ts'
import { createProgram } from '../apps/oak/src/cli/program.ts'
import { PACKAGE_DEPENDENCIES } from './package-dependencies.ts'
import { ROOT, read, repositoryFiles } from './source-files.ts'

const pages = repositoryFiles().filter((path) => path.endsWith('.md'))

describe('documentation', () => {
  it('explains every error code, and none that does not exist', () => {
    const union = /export type ErrorCode =([\s\S]*?)\n\n/.exec(read('packages/base/src/errors.ts'))?.[1] ?? ''
    const codes = [...union.matchAll(/'([a-z-]+)'/g)].map((match) => match[1])
    const explained = [...read('docs/errors.md').matchAll(/^\| `([a-z-]+)` \|/gm)].map((match) => match[1])
    expect(codes.length).toBeGreaterThan(10)
    expect(new Set(explained)).toEqual(new Set(codes))
  })

  it('has no link that leads nowhere', () => {
    const broken = pages.flatMap((page) =>
      linksOf(read(page))
        .filter((link) => !resolves(page, link))
        .map((link) => `${page}: ${link}`),
    )
    expect(broken).toEqual([])
  })

  it('says in one line what each package is for', () => {
    const map = read('ARCHITECTURE.md')
    const missing = Object.keys(PACKAGE_DEPENDENCIES).filter(
      (name) => !new RegExp(`^\\| \`(packages|apps)/${name}\` \\| .{10,}`, 'm').test(map),
    )
    expect(missing, 'add a row to the map of ARCHITECTURE.md').toEqual([])
  })

  it('documents every command', () => {
    const documented = read('docs/cli.md')
    const missing = commandsOf(createProgram(fakeContext()), 'oak').filter((command) => !documented.includes(`\`${command}\``))
    expect(missing).toEqual([])
  })

  it('documents every setting', () => {
    const documented = read('docs/cli.md')
    const paths = [...read('apps/oak/src/config/settings.ts').matchAll(/path: '([\w.]+)'/g)].map((match) => match[1] ?? '')
    expect(paths.filter((path) => !documented.includes(`\`${path}\``))).toEqual([])
  })
})

/** The commands a person can type, as full paths; groups count only when they do something by themselves. */
function commandsOf(command: Command, path: string): readonly string[] {
  const children = command
    .createHelp()
    .visibleCommands(command)
    .filter((child) => child.name() !== 'help')
  if (children.length === 0) return [path]
  return children.flatMap((child) => commandsOf(child, `${path} ${child.name()}`))
}

/** Enough to build the command tree; nothing of it runs. */
function fakeContext(): CliContext {
  const nothing = () => Promise.reject(new Error('not in this test'))
  const silent = { write: () => true }
  const output = createOutput({ stdout: silent, stderr: silent }, {}, true)
  return { output, env: {}, clock: realClock, signal: new AbortController().signal, loadDaemon: nothing, ask: nothing }
}

/** Links to files; those to the network, and those inside a page, are not ours to check here. */
function linksOf(markdown: string): readonly string[] {
  const text = markdown.replaceAll(/```[\s\S]*?```|`[^`\n]*`/g, '')
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] ?? '').filter((link) => !/^(https?:|mailto:|#)/.test(link))
}

function resolves(page: string, link: string): boolean {
  const path = link.split('#')[0] ?? ''
  return existsSync(join(ROOT, normalize(join(dirname(page), path))))
}
