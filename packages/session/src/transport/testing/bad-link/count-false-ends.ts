/**
 * Counts connections given up on a bad link, with and without the datagrams beside them:
 * `node --import tsx packages/session/src/transport/testing/bad-link/count-false-ends.ts [SECONDS] [CHILDREN] [LOSS] [DELAY_MS]`.
 * As root; five minutes of forty children by default.
 */
import { realClock } from '@oakestra/base'
import { whyNoBadLink } from './bad-link.ts'
import { BadLinkTrial } from './bad-link-trial.ts'

const [seconds = 300, children = 40, loss = 0.2, delayMs = 250] = process.argv.slice(2).map(Number)

const reason = whyNoBadLink()
if (reason) throw new Error(`there can be no bad link here: ${reason}`)
for (const datagrams of [false, true]) {
  await using trial = await BadLinkTrial.start({ children, datagrams })
  trial.link.quality = { loss, delayMs }
  // A timer of our clock would not keep the process alive, but the pipes of the trial do.
  await realClock.sleep(seconds * 1_000)
  const minutes = (children * seconds) / 60
  const ends = (['silent', 'closed'] as const).map(
    (how) => `${how} ${trial.count('parent', 'end', how)}+${trial.count('child', 'end', how)}`,
  )
  process.stdout.write(
    `datagrams ${datagrams}: ${trial.falseEnds} false ends in ${minutes.toFixed(1)} child minutes (parent+child: ${ends.join(', ')})\n`,
  )
}
