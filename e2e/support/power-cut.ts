import { readdir, readFile } from 'node:fs/promises'
import { until } from '@oakestra/base/testing'
import type { LanMachine } from './lan.ts'
import { isAlive, type MachineView } from './machine-view.ts'
import { type Oak, run } from './oak.ts'

/**
 * Takes the power of a machine: its agent, its containerd and every container end at once, and nothing is left but what is on its disk:
 * no mounts, no network but its card.
 */
export async function cutPower(oak: Oak, machine: LanMachine, view?: MachineView): Promise<void> {
  const traces = view ? (await view.traces()).split('\n') : []
  const containers = view ? (await view.tasks()).map(({ pid }) => pid) : []
  const victims = [...(await processesOf(oak)), ...containers].filter((pid) => pid > 1)
  for (const pid of victims) kill(pid)
  await until('all of it has ended', async () => (await Promise.all(victims.map(isAlive))).every((alive) => !alive))
  for (const point of named(traces, 'mount').toReversed()) await run(['umount', '--lazy', point])
  for (const name of named(traces, 'netns')) await run(['ip', 'netns', 'delete', name])
  await machine.run('nft', 'flush', 'ruleset')
  for (const link of await linksOf(machine)) await run(['nsenter', `--net=${machine.netns}`, 'ip', 'link', 'delete', link])
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It ended by itself, with what it looked after.
  }
}

/** Everything that was started for this installation: its agent, containerd, and containerd's helpers. */
async function processesOf({ dataDir }: Oak): Promise<readonly number[]> {
  const all = (await readdir('/proc')).map(Number).filter((pid) => Number.isInteger(pid))
  const found = await Promise.all(all.map(async (pid) => ((await isOf(pid, dataDir)) ? pid : 0)))
  return found.filter((pid) => pid > 0)
}

async function isOf(pid: number, dataDir: string): Promise<boolean> {
  const read = (file: string) => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '')
  const [command, environment] = await Promise.all([read('cmdline'), read('environ')])
  return command.includes(`${dataDir}/`) || environment.split('\0').includes(`OAK_DATA_DIR=${dataDir}`)
}

/** What the overlay added to the machine's own links. */
async function linksOf(machine: LanMachine): Promise<readonly string[]> {
  const links = JSON.parse(await machine.run('ip', '-json', 'link', 'show')) as readonly { readonly ifname: string }[]
  return links.map(({ ifname }) => ifname).filter((name) => name !== 'lo' && name !== 'eth0')
}

function named(traces: readonly string[], kind: string): readonly string[] {
  return traces.filter((trace) => trace.startsWith(`${kind} `)).map((trace) => trace.slice(kind.length + 1))
}
