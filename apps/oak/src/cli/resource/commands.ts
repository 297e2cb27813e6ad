import type { Command } from 'commander'
import type { CliContext } from '../context.ts'
import { addJson, optionsOf } from '../options.ts'
import {
  createObject,
  defineType,
  deleteObject,
  type FileOptions,
  inspectObject,
  listObjects,
  listTypes,
  removeType,
  updateObject,
  type YesOptions,
} from './resources.ts'

const TYPE = 'name of a custom type'

export function addResourceCommands(program: Command, context: CliContext): void {
  const resource = program.command('resource').alias('resources').description('Objects of types that others defined')
  addTypes(resource, context)
  addJson(resource.command('list').alias('ls'))
    .description('List objects of a type; filters such as color=red spec.size=3')
    .argument('<type>', TYPE)
    .argument('[filters...]', 'member=value')
    .action((type: string, filters: string[], _, command: Command) => listObjects(context, type, filters, optionsOf(command)))
  addJson(resource.command('create'))
    .description('Make an object; prints its id')
    .argument('<type>', TYPE)
    .requiredOption('-f, --file <file>', 'the object in JSON; - is standard input')
    .action((type: string, _, command: Command) => createObject(context, type, optionsOf<FileOptions>(command)))
  resource
    .command('inspect')
    .description('Show one object, in JSON')
    .argument('<type>', TYPE)
    .argument('<id>')
    .action((type: string, id: string, _, command: Command) => inspectObject(context, { type, id }, optionsOf(command)))
  resource
    .command('update')
    .description('Change members of an object; null takes one away')
    .argument('<type>', TYPE)
    .argument('<id>')
    .requiredOption('-f, --file <file>', 'what changes, in JSON; - is standard input')
    .action((type: string, id: string, _, command: Command) => updateObject(context, { type, id }, optionsOf<FileOptions>(command)))
  resource
    .command('delete')
    .alias('rm')
    .description('Remove an object')
    .argument('<type>', TYPE)
    .argument('<id>')
    .action((type: string, id: string, _, command: Command) => deleteObject(context, { type, id }, optionsOf(command)))
}

function addTypes(resource: Command, context: CliContext): void {
  addJson(resource.command('types'))
    .description('List custom types')
    .action((_, command: Command) => listTypes(context, optionsOf(command)))
  resource
    .command('define')
    .description('Define a custom type by a JSON Schema')
    .argument('<type>', 'what to call it')
    .requiredOption('-f, --file <file>', 'the schema; - is standard input')
    .action((type: string, _, command: Command) => defineType(context, type, optionsOf<FileOptions>(command)))
  resource
    .command('undefine')
    .description('Remove a custom type with all its objects')
    .argument('<type>', TYPE)
    .option('-y, --yes', 'do not ask')
    .action((type: string, _, command: Command) => removeType(context, type, optionsOf<YesOptions>(command)))
}
