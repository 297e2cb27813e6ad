import { describe, expect, it } from 'vitest'
import { web } from './testing/sample-service.ts'
import { createZone, searchDomains } from './zone.ts'

describe('the names of a node', () => {
  const zone = createZone([web])

  it.each([
    ['web.prod.shop.live.oak', { v4: '10.30.0.1', v6: 'fdff:2000::1' }],
    ['round-robin.web.prod.shop.live.oak', { v4: '10.30.0.1', v6: 'fdff:2000::1' }],
    ['closest.web.prod.shop.live.oak', { v4: '10.30.0.9' }],
    ['3.web.prod.shop.live.oak', { v4: '10.30.0.2', v6: 'fdff::2' }],
    ['shop.live.oak', {}],
    ['oak', {}],
    ['4.web.prod.shop.live.oak', undefined],
    ['api.prod.shop.live.oak', undefined],
  ])('%s is %j', (name, addresses) => {
    expect(zone.lookup(name)).toEqual(addresses)
  })

  it('are found by address too', () => {
    expect(zone.nameOf('fdff::2')).toBe('3.web.prod.shop.live.oak')
    expect(zone.nameOf('10.30.0.1')).toBe('web.prod.shop.live.oak')
    expect(zone.nameOf('10.30.0.7')).toBeUndefined()
  })

  it('may be short inside an application', () => {
    const domains = searchDomains(web)
    expect(domains.map((domain) => zone.lookup(`web.${domain}`) !== undefined)).toEqual([true, false, false])
    expect(domains.map((domain) => zone.lookup(`web.prod.${domain}`) !== undefined)).toEqual([false, true, false])
  })

  it('of no service are only the domain itself', () => {
    expect(createZone([]).lookup('oak')).toEqual({})
  })
})
