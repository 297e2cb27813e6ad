import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type CliHarness, startCli } from '../testing/cli-harness.ts'

const CLUSTER = 'c'.repeat(24)
const one = (letter: string, name: string) => ({
  instance_id: letter.repeat(24),
  instance_number: 0,
  job_name: `shop.t.${name}.t`,
  image: 'nginx',
  cluster_id: CLUSTER,
  cluster_name: 'munich',
  since: 1_700_000_000,
  reason: 'root knows no such service',
})

let cli: CliHarness
beforeEach(async () => {
  cli = await startCli()
  cli.root.unclaimed.push(one('a', 'web'), one('b', 'db'))
})
afterEach(() => cli[Symbol.asyncDispose]())

describe('what nobody is known to want', () => {
  it('is listed, and pointed at by the status', async () => {
    expect((await cli.run('cluster', 'unclaimed')).stdout).toMatch(/a{24} +shop.t.web.t +0 +nginx +munich +2023-11-14T22:13:20.000Z/)
    expect(JSON.parse((await cli.run('cluster', 'unclaimed', '--json')).stdout)).toHaveLength(2)
    expect((await cli.run('status')).stdout).toContain('2 run and nobody is known to want them: oak cluster unclaimed')
  })

  it('is adopted by id, by name, or altogether', async () => {
    expect(await cli.run('cluster', 'adopt')).toMatchObject({ code: 2 })
    expect(await cli.run('cluster', 'adopt', 'nobody')).toMatchObject({ code: 5 })
    expect(await cli.run('cluster', 'adopt', 'shop.t.db.t.0')).toMatchObject({ code: 0 })
    expect(cli.root.requests).toContain(`POST /api/unclaimed/${CLUSTER}/${'b'.repeat(24)}/adopt`)
    expect(await cli.run('cluster', 'adopt', '--all')).toMatchObject({ code: 0, stderr: expect.stringContaining('Adopted shop.t.web.t.0') })
    expect(cli.root.unclaimed).toEqual([])
  })

  it('goes on with the others when one is refused, and ends as that one did', async () => {
    cli.root.refusal = { status: 409, message: 'there is another service' }
    const { code, stderr } = await cli.run('cluster', 'adopt', '--all')
    expect(code).toBe(4)
    expect(stderr).toContain('shop.t.web.t.0: ')
    expect(cli.root.unclaimed.map(({ job_name }) => job_name)).toEqual(['shop.t.web.t'])
  })

  it('is dropped only when somebody says yes', async () => {
    cli.answer = 'n'
    expect(await cli.run('cluster', 'drop', 'a'.repeat(24))).toMatchObject({ code: 1 })
    expect(cli.root.unclaimed).toHaveLength(2)
    expect(await cli.run('cluster', 'drop', '--all', '--yes')).toMatchObject({ code: 0 })
    expect(cli.root.requests).toContain(`DELETE /api/unclaimed/${CLUSTER}/${'a'.repeat(24)}`)
    expect(cli.root.unclaimed).toEqual([])
  })
})
