import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { Disposal } from '@oakestra/base'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ApiUser } from './support/api-user.ts'
import { missingBrowser, openBrowser, Visitor } from './support/browser.ts'
import { Images } from './support/images.ts'
import { MachineView } from './support/machine-view.ts'
import { Oak } from './support/oak.ts'
import { missingRights } from './support/rights.ts'

/** One story in one browser, from the first login to the last instance, against a started system with real containers. */
describe.skipIf(missingRights() ?? missingBrowser())('the dashboard', () => {
  const owned = new Disposal()
  let oak: Oak
  let images: Images
  let admin: Visitor
  let browser: Awaited<ReturnType<typeof openBrowser>>
  let password: string
  /** Of the service of the story. */
  let address: string

  beforeAll(async () => {
    oak = owned.use(await Oak.create({ env: { OAK_NODE_LOCATION: '52.52,13.40', OAK_CLUSTER_LOCATION: '48.14,11.58,60000' } }))
    images = owned.use(await Images.build())
    browser = await openBrowser()
    owned.defer(() => browser.close())
    await oak.start()
    password = (await readFile(path.join(oak.dataDir, 'root', 'initial-admin-password'), 'utf8')).trim()
    admin = owned.use(await Visitor.arrive(browser, oak.dashboardUrl))
  })
  afterAll(() => owned[Symbol.asyncDispose]())

  it('refuses a wrong password in words, and lets the right one in', async () => {
    await admin.logIn('Admin', 'wrong')
    await admin.sees('do not belong together')
    await admin.picture('login')
    await admin.logIn('Admin', password)
    await admin.sees('No application yet')
    await admin.sees('Live')
    await admin.picture('applications-empty')
  })

  it('creates an application from a template: what the form says, the text says, and the other way round', async () => {
    await admin.click('link', 'Create one from a template')
    await admin.click('button', /^Web server/)
    await admin.page.getByRole('textbox', { name: 'Application name', exact: true }).fill('shop!')
    await admin.sees(/expected 1 to 30 letters and digits/i)
    await admin.page.getByRole('textbox', { name: 'Application name', exact: true }).fill('shop')
    await admin.page.getByRole('textbox', { name: 'Image', exact: true }).fill(images.code('demo-web'))
    await admin.page.getByRole('textbox', { name: 'Published ports', exact: true }).fill('')
    const text = admin.page.getByLabel('The descriptor as JSON')
    await expect.poll(() => text.innerText()).toContain(images.code('demo-web'))
    await text.press('Control+Home')
    await text.getByText('"nginx"').dblclick()
    await admin.page.keyboard.type('web')
    await expect.poll(() => admin.page.getByRole('textbox', { name: 'Name', exact: true }).inputValue()).toBe('web')
    await admin.sees('Nothing is wrong with it.')
    await admin.picture('editor')
    await admin.click('button', 'Create')
  })

  it('shows it become RUNNING without a reload', async () => {
    await admin.page.waitForURL(/\/applications\/[0-9a-f]{24}$/)
    await admin.seesTimes('Running', 1)
    await admin.picture('application')
    await admin.click('link', 'web')
    await admin.sees('1 of 1 instance running')
    address = new URL(admin.page.url()).pathname
    await admin.picture('service')
  })

  it('follows its output', async () => {
    await admin.click('link', 'web 0')
    await admin.click('tab', 'Logs')
    await admin.sees('web-0 serves on port 80')
    await admin.picture('logs')
  })

  it('shows how an instance that was killed from outside recovers', async () => {
    const api = await ApiUser.login(oak)
    await admin.open(address)
    const row = admin.page.getByRole('row', { name: /^web 0/ })
    await row.getByText('Running').waitFor()
    const [task] = await new MachineView(oak, await api.seesNode()).tasks()
    if (task) process.kill(task.pid, 'SIGKILL')
    await expect.poll(() => row.locator('[data-label=Restarts]').innerText(), { timeout: 30_000 }).toBe('1')
    await row.getByText('Running').waitFor()
  })

  it('starts an instance again where it is', async () => {
    const api = await ApiUser.login(oak)
    const view = new MachineView(oak, await api.seesNode())
    const [before] = await view.tasks()
    const row = admin.page.getByRole('row', { name: /^web 0/ })
    const where = await row.locator('[data-label=Address]').innerText()
    await admin.click('button', 'Actions for web 0')
    await admin.picture('instance-menu')
    await admin.click('menuitem', 'Restart…')
    await admin.click('button', 'Restart')
    await expect.poll(() => row.locator('[data-label=Restarts]').innerText(), { timeout: 30_000 }).toBe('2')
    await row.getByText('Running').waitFor()
    expect(await row.locator('[data-label=Address]').innerText()).toBe(where)
    const [after] = await view.tasks()
    expect(after?.id).toBe(before?.id)
    expect(after?.pid).not.toBe(before?.pid)
  })

  it('scales it to 3', async () => {
    await admin.open(address)
    await admin.click('button', 'Scale')
    await admin.page.getByLabel('Number of instances').fill('3')
    await admin.click('button', 'Scale to 3')
    await admin.seesTimes('Running', 3)
    await admin.sees('3 of 3 instances running')
  })

  it('updates it after a look at what changes, and rolls it back', async () => {
    await admin.click('link', 'Update')
    await admin.page.getByRole('textbox', { name: 'Environment', exact: true }).fill('COLOUR=green')
    await admin.click('button', 'Review and update')
    await admin.page.getByLabel('What changes').getByText('COLOUR=green').waitFor()
    await admin.picture('update-review')
    await admin.click('button', 'Update')
    await admin.page.waitForURL(`**${address}`)
    await admin.page.getByRole('tab', { name: 'Revisions' }).click()
    await admin.page
      .getByRole('row', { name: /^2 now/ })
      .getByText('3 instances')
      .waitFor()
    await admin.picture('revisions')
    await admin.click('button', 'Roll back')
    await admin.click('button', 'Roll back to 1')
    await admin.page
      .getByRole('row', { name: /^3 now/ })
      .getByText('3 instances')
      .waitFor()
    await admin.page.getByRole('tab', { name: 'Timeline' }).click()
    await admin.sees('service.revised')
    await admin.picture('timeline')
  })

  it('says when what it shows is old, and goes on by itself when root is back', async () => {
    await admin.open(address)
    await admin.sees('Live')
    await oak.kill()
    await admin.sees(/^Not live/)
    await admin.picture('stale')
    await oak.start()
    await admin.page.getByText('Live', { exact: true }).waitFor()
    await admin.seesTimes('Running', 3)
  })

  it('explains why something does not run, per candidate', async () => {
    const api = await ApiUser.login(oak)
    const { huge, burst } = await api.createApplication('lab', [
      { microservice_name: 'huge', code: images.code('box'), memory: 9_000_000 },
      { microservice_name: 'burst', code: images.code('box'), cmd: ['sh', '-c', 'seq 1 10000; echo done >&2; sleep 600'] },
    ])
    await api.deploy(huge ?? '')
    await api.deploy(burst ?? '')
    await admin.open(`/services/${huge}`)
    await admin.sees('Why is it not running?')
    await admin.sees(/Needs 9000000 MiB of memory, largest free is \d+ MiB/)
    await admin.picture('why-not')
    await admin.open(`/services/${burst}/instances/0?tab=logs`)
    await admin.sees(/[\d,]{5} lines/)
    // Thousands of lines, and only those that are seen are drawn.
    expect(await admin.page.locator('.oak-log-line').count()).toBeLessThan(200)
    await admin.page.getByLabel('Search the logs').fill('9999')
    await admin.sees(/^1 of [\d,]+ lines/)
    await admin.page.getByLabel('Search the logs').fill('done')
    await admin.page.locator('.oak-log-line[data-stream=stderr]').waitFor()
  })

  it('undeploys it', async () => {
    await admin.open(address)
    await admin.click('button', 'Actions for web')
    await admin.click('menuitem', 'Undeploy all')
    await admin.click('button', 'Undeploy')
    await admin.sees('Not deployed')
  })

  it('has no barriers on its pages, by day and by night and at the width of a phone, and nothing to complain about', {
    timeout: 240_000,
  }, async () => {
    const some = { applications: '/applications', service: address, new: '/applications/new' }
    const rest = ['topology', 'clusters', 'nodes', 'events', 'users', 'organizations', 'settings', 'profile', 'help', 'services']
    const all = { ...some, ...Object.fromEntries(rest.map((name) => [name, `/${name}`])), map: '/topology?tab=map' }
    const dark = owned.use(await Visitor.arrive(browser, oak.dashboardUrl, { dark: true }))
    const phone = owned.use(await Visitor.arrive(browser, oak.dashboardUrl, { phone: true }))
    for (const visitor of [dark, phone]) {
      await visitor.logIn('Admin', password)
      await visitor.sees('What belongs together')
    }
    const barriers = await Promise.all([tour(admin, all, ''), tour(dark, some, '-dark'), tour(phone, some, '-phone')])
    expect(barriers.flat()).toEqual([])
    await admin.go('/clusters')
    await admin.click('link', 'default_cluster')
    // By now its node was measured more than once while this page was open.
    await admin.page.getByRole('img', { name: /^CPU in percent: now/ }).waitFor()
    await admin.picture('cluster')
    expect(await admin.barriers()).toEqual([])
    expect([...admin.complaints, ...dark.complaints, ...phone.complaints]).toEqual([])
  })

  it('shows everybody what they may do, and refuses the rest in words', async () => {
    await admin.open('/users')
    await admin.click('button', 'New user')
    await admin.page.getByRole('textbox', { name: 'User name', exact: true }).fill('ada')
    await admin.page.getByLabel('First password').fill('a password of her own')
    await admin.click('button', 'Create')
    await admin.seesTimes('ada', 1)
    const ada = owned.use(await Visitor.arrive(browser, oak.dashboardUrl))
    await ada.logIn('ada', 'a password of her own')
    await ada.sees('No application yet')
    expect(await ada.page.getByRole('link', { name: 'Users' }).count()).toBe(0)
    expect(await ada.page.getByRole('link', { name: /Infrastructure Dashboard/ }).count()).toBe(0)
    await ada.open('/users')
    await ada.sees('You may not do this')
    await ada.picture('refused')
  })

  it('lists a thousand services, and draws those that are seen', async () => {
    const api = await ApiUser.login(oak)
    const service = (number: number) => ({ microservice_name: `s${number}`, code: images.code('box') })
    for (let start = 0; start < 1_000; start += 250) {
      await api.createApplication(
        `many${start}`,
        Array.from({ length: 250 }, (_, index) => service(start + index)),
      )
    }
    await admin.open('/services')
    await admin.sees(/^1,00\d services/)
    await admin.sees('many0')
    expect(await admin.page.getByRole('row').count()).toBeLessThan(150)
    await admin.page.getByLabel('Search services').fill('s777')
    await admin.page.getByRole('link', { name: 's777' }).waitFor()
    await admin.sees(/^1 of 1,00\d services/)
    await admin.page.keyboard.press('Control+k')
    await admin.page.getByPlaceholder(/^Applications, services/).fill('s778')
    await admin.page.locator('.mantine-Spotlight-action', { hasText: 's778' }).click()
    await admin.page.getByRole('heading', { name: /^s778/ }).waitFor()
  })

  it('asks to log in again when a session has ended, and leads back to the same page', async () => {
    await admin.open('/nodes')
    await admin.sees('The machines that run instances.')
    const { token } = JSON.parse(await admin.page.evaluate<string>("localStorage.getItem('oakestra.session')")) as { token: string }
    const ended = JSON.stringify({ token: expired(token), refreshToken: 'ended' })
    await admin.page.evaluate(`localStorage.setItem('oakestra.session', ${JSON.stringify(ended)})`)
    await admin.open('/nodes')
    await admin.sees('Your session has ended')
    await admin.logIn('Admin', password)
    await admin.page.waitForURL('**/nodes')
    await admin.sees('The machines that run instances.')
  })
})

/** Looks at pages one after the other; gives what stands in the way of people with other means. */
async function tour(visitor: Visitor, pages: Readonly<Record<string, string>>, suffix: string): Promise<readonly string[]> {
  const barriers: string[] = []
  for (const [name, to] of Object.entries(pages)) {
    await visitor.go(to)
    await visitor.page.getByRole('heading', { level: 1 }).waitFor()
    await expect.poll(() => visitor.page.getByLabel('Loading').count(), { timeout: 30_000 }).toBe(0)
    await visitor.picture(`${name}${suffix}`)
    barriers.push(...(await visitor.barriers()).map((barrier) => `${name}${suffix}: ${barrier}`))
  }
  return barriers
}

/** The same token, as if it had ended long ago. */
function expired(token: string): string {
  const [head = '', body = '', sign = ''] = token.split('.')
  const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as object
  return [head, Buffer.from(JSON.stringify({ ...claims, exp: 1_000 })).toString('base64url'), sign].join('.')
}
