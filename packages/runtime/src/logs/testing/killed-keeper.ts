// Run by `log-keeper.machine.test.ts` in a process of its own, to be killed: keeps one log until then.
import { realClock, silentLogger } from '@oakestra/base'
import { createLogKeeper } from '../create-log-keeper.ts'

const [dir = ''] = process.argv.slice(2)
const options = { gatherMs: 1, periodMs: 50, rotateBytes: 20_000, filesKept: 10_000, backlogBytesMax: 2 ** 30 }
const keeper = await createLogKeeper({ dir, clock: realClock, logger: silentLogger, ...options })
await keeper.open('one')
process.stdout.write('open\n')
for (;;) await keeper.flush('one')
