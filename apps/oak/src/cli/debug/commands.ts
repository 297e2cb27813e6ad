import type { Command } from 'commander'
import type { CliContext } from '../context.ts'
import { addJson, optionsOf } from '../options.ts'
import { debugNet } from './net.ts'

export function addDebugCommands(program: Command, context: CliContext): void {
  const debug = program.command('debug').description('Ask the node of this machine what it does, and why')
  addJson(debug.command('net'))
    .description('What the node knows of the overlay; with an address, what happens to packets for it')
    .argument('[address]', 'an IPv4 or IPv6 address of a service or an instance')
    .action((address: string | undefined, _, command: Command) => debugNet(context, address, optionsOf(command)))
}
