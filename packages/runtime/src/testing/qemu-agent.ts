/** An agent that starts one guest, for tests that kill it: says `starting`, then `started`, and stays. Arguments: directory, namespace, spec as JSON. */
import { realClock, silentLogger } from '@oakestra/base'
import { createQemuRuntime } from '../qemu/create-runtime.ts'
import type { WorkloadSpec } from '../runtime.ts'

const [dir = '', namespace = '', text = '{}'] = process.argv.slice(2)
const spec = JSON.parse(text) as WorkloadSpec
const options = { dir, namespace, architecture: 'amd64', allowTcg: true, useKvm: false, clock: realClock, logger: silentLogger }
const runtime = await createQemuRuntime(options)
await runtime.check()
await runtime.ensureImage(spec.image, () => undefined)
process.stdout.write('starting\n')
await runtime.start(spec)
process.stdout.write('started\n')
process.stdin.resume()
