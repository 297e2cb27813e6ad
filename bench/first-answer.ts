/** Says `ready`, then asks a URL until somebody answers with 200, and says `answered`. For whoever measures how long that takes. */
import { get } from 'node:http'

const [url = ''] = process.argv.slice(2)
/** A question that nobody hears is lost: the next one does not wait for it, or answers would be seen only when it is given up. */
const PERIOD_MS = 20
const GIVEN_UP_MS = 500

function ask(): void {
  const request = get(url, { agent: false, timeout: GIVEN_UP_MS }, (answer) => {
    answer.resume()
    if (answer.statusCode === 200) answer.once('end', () => process.stdout.write('answered\n', () => process.exit()))
  })
  request.on('timeout', () => request.destroy())
  request.on('error', () => undefined)
}

process.stdout.write('ready\n')
setInterval(ask, PERIOD_MS)
