import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { run } from './oak.ts'

/** What instances leave on a machine, as sorted text: equal before and after when nothing leaked. */
export async function machineTraces(dataDir: string): Promise<string> {
  const [links, tables, netns, mounts] = await Promise.all([
    run(['ip', '-o', 'link', 'show', 'type', 'veth']),
    run(['nft', 'list', 'ruleset']),
    readdir('/run/netns').catch(() => []),
    readFile('/proc/self/mountinfo', 'utf8'),
  ])
  return [
    ...links.stdout.split('\n').map((line) => line.split(':')[1]?.trim().split('@')[0] ?? ''),
    ...netns.filter((name) => name.startsWith('oak-')),
    ...tables.stdout.split('\n').filter((line) => /elements|dnat|chain s/.test(line)),
    ...mounts
      .split('\n')
      .filter((line) => line.includes(dataDir) && line.includes('overlay'))
      .map((line) => line.split(' ')[4] ?? ''),
    ...(await names(path.join(dataDir, 'node', 'logs'))),
    ...(await names(path.join(dataDir, 'node', 'instances'))),
  ]
    .filter(Boolean)
    .sort()
    .join('\n')
}

function names(dir: string): Promise<readonly string[]> {
  return readdir(dir).catch(() => [])
}
