import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { dirname, join } from 'node:path'
import { OakError, silentLogger } from '@oakestra/base'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { serveDebug } from '../../daemon/debug-socket.ts'
import { places } from '../../daemon/state-file.ts'
import { type CliHarness, startCli } from '../../testing/cli-harness.ts'

let cli: CliHarness
let path: string
let node: AsyncDisposable | undefined
beforeEach(async () => {
  cli = await startCli()
  path = places.debug(join(cli.folder, 'data'))
})
afterEach(async () => {
  await node?.[Symbol.asyncDispose]()
  node = undefined
  await cli[Symbol.asyncDispose]()
})

async function serve(): Promise<void> {
  const explain = async (address: string | undefined) => {
    if (address === '10.0.0.1') throw new OakError('unavailable', 'the kernel cannot be asked')
    return [address === undefined ? 'All is well.' : `${address} is a service address.`]
  }
  node = await serveDebug(path, explain, silentLogger)
}

describe('oak debug net', () => {
  it('prints what the node of this machine says', async () => {
    await serve()
    expect(await cli.run('debug', 'net')).toMatchObject({ code: 0, stdout: 'All is well.\n' })
    expect(await cli.run('debug', 'net', 'fdff::1')).toMatchObject({ code: 0, stdout: 'fdff::1 is a service address.\n' })
    expect(JSON.parse((await cli.run('debug', 'net', '--json')).stdout)).toEqual({ lines: ['All is well.'] })
  })

  it('says why it cannot', async () => {
    expect(await cli.run('debug', 'net')).toMatchObject({ code: 3, stderr: expect.stringContaining('no node runs here') })
    await serve()
    expect(await cli.run('debug', 'net', 'web')).toMatchObject({ code: 2, stderr: expect.stringContaining('"web" is no address') })
    expect(await cli.run('debug', 'net', '10.0.0.1')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('the kernel cannot be asked'),
    })
  })

  it('takes the place of a node that crashed, lets its owner ask alone, and leaves nothing', async () => {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, '')
    await serve()
    expect(statSync(path).mode & 0o777).toBe(0o600)
    await node?.[Symbol.asyncDispose]()
    expect(existsSync(path)).toBe(false)
  })

  it('is answered also while others send garbage', async () => {
    await serve()
    const rude = connect(path)
    rude.on('error', () => undefined).end('x'.repeat(5_000))
    expect(await cli.run('debug', 'net')).toMatchObject({ code: 0 })
    rude.destroy()
  })
})
