import { existsSync, mkdirSync } from 'node:fs'
import path from 'node:path'
import { AxeBuilder } from '@axe-core/playwright'
import { until } from '@oakestra/base/testing'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'

const CHROMIUM = '/usr/bin/chromium'
/** Where people look at the pages that tests have seen. */
const SCREENSHOTS = process.env['OAK_SCREENSHOTS'] ?? path.resolve(import.meta.dirname, '../../apps/dashboard/.screenshots')
/** A busy machine draws a page in seconds. */
const PATIENCE_MS = 60_000

/** Why pages cannot be looked at here; `undefined` when they can. Says so aloud. */
export function missingBrowser(): string | undefined {
  if (existsSync(CHROMIUM)) return undefined
  const reason = `not installed: ${CHROMIUM}`
  console.warn(`SKIPPED, tests of the dashboard: ${reason}`)
  return reason
}

/** What every page sets; without its styles a page is drawn all the same. */
const HAS_STYLES = "getComputedStyle(document.documentElement).getPropertyValue('--oak-line') !== ''"

/** Somebody in front of a browser; everything the pages complain about is kept. */
export class Visitor implements AsyncDisposable {
  readonly page: Page
  /** Errors of scripts, and what the policy of the page refused. */
  readonly complaints: string[] = []
  readonly #context: BrowserContext
  readonly #url: string

  private constructor(context: BrowserContext, page: Page, url: string) {
    this.#context = context
    this.page = page
    this.#url = url
    page.setDefaultTimeout(PATIENCE_MS)
    page.on('pageerror', (error) => this.complaints.push(error.message))
    page.on('console', (message) => {
      // Refused calls are part of the stories that are played here.
      if (message.type() === 'error' && !message.text().includes('Failed to load resource')) this.complaints.push(message.text())
    })
  }

  static async arrive(browser: Browser, url: string, look: { readonly dark?: boolean; readonly phone?: boolean } = {}): Promise<Visitor> {
    const viewport = look.phone ? { width: 390, height: 844 } : { width: 1360, height: 860 }
    const context = await browser.newContext({ viewport, colorScheme: look.dark ? 'dark' : 'light', reducedMotion: 'reduce' })
    const visitor = new Visitor(context, await context.newPage(), url)
    await visitor.open('/')
    return visitor
  }

  /** Instances that come and go change this machine's interfaces, and then Chromium breaks off what it is loading. */
  async open(address: string): Promise<void> {
    const isDrawn = async () => {
      await this.page.goto(`${this.#url}${address}`)
      await this.page.locator('main').first().waitFor({ state: 'attached', timeout: 8_000 })
      await until("the page's styles are there", () => this.page.evaluate<boolean>(HAS_STYLES), { timeoutMs: 8_000 })
      return true
    }
    await until('the page is drawn', isDrawn, { timeoutMs: PATIENCE_MS })
  }

  /** Goes there within the page, as its own links do. */
  async go(address: string): Promise<void> {
    const here = new URL(this.page.url())
    if (`${here.pathname}${here.search}` === address) return
    const before = await this.page.title()
    await this.page.evaluate(`history.pushState({}, '', ${JSON.stringify(address)})`)
    await until('another page is shown', async () => (await this.page.title()) !== before, { timeoutMs: PATIENCE_MS })
  }

  async logIn(name: string, password: string): Promise<void> {
    await this.page.getByLabel('User name').fill(name)
    await this.page.getByLabel('Password', { exact: true }).fill(password)
    await this.page.getByRole('button', { name: 'Log in' }).click()
  }

  /** Waits until a text is there to be seen. */
  async sees(text: string | RegExp): Promise<void> {
    await this.page.getByText(text).first().waitFor()
  }

  async seesTimes(text: string, times: number): Promise<void> {
    await this.page
      .getByRole('table')
      .getByText(text, { exact: true })
      .nth(times - 1)
      .waitFor()
  }

  async click(role: 'button' | 'link' | 'menuitem' | 'tab', name: string | RegExp): Promise<void> {
    await this.page
      .getByRole(role, { name, ...(typeof name === 'string' && { exact: true }) })
      .first()
      .click()
  }

  /** A picture for people to look at. */
  async picture(name: string): Promise<void> {
    mkdirSync(SCREENSHOTS, { recursive: true })
    await this.page.screenshot({ path: path.join(SCREENSHOTS, `${name}.png`) })
  }

  /** What keeps people with other means from using the page: rule and first place. */
  async barriers(): Promise<readonly string[]> {
    const { violations } = await new AxeBuilder({ page: this.page }).withTags(['wcag2a', 'wcag2aa', 'wcag21aa']).analyze()
    return violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ''} ${nodes[0]?.failureSummary ?? ''}`)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#context.close()
  }
}

export function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-dev-shm-usage'] })
}
