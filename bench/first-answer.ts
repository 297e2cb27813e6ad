/** Says `ready`, then asks a URL every few milliseconds, and says `answered` once somebody does. For whoever measures how long that takes. */
import { get } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

const [url = ''] = process.argv.slice(2)
const PERIOD_MS = 5

function isAnswered(): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get(url, { agent: false, timeout: 500 }, (answer) => {
      answer.resume()
      answer.once('end', () => resolve(answer.statusCode === 200))
    })
    request.on('timeout', () => request.destroy())
    request.on('error', () => resolve(false))
  })
}

process.stdout.write('ready\n')
while (!(await isAnswered())) await sleep(PERIOD_MS)
process.stdout.write('answered\n')
