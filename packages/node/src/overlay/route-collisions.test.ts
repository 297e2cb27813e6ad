import { expect, it } from 'vitest'
import { collisionLines } from './route-collisions.ts'

const place = { subnetV4: '10.18.0.0/26', subnetV6: 'fc00::/120' }

it('a route of the machine that holds the addresses of the node, or lies in them, is told of', () => {
  expect(collisionLines(place, [])).toEqual([])
  expect(collisionLines(place, ['10.18.1.0/24', 'fc00::200/120'])).toEqual([])
  expect(collisionLines(place, ['10.18.0.0/16'])).toEqual([expect.stringContaining('collides with 10.18.0.0/26')])
  expect(collisionLines(place, ['fc00::7/128'])).toEqual([expect.stringContaining('collides with fc00::/120')])
  expect(collisionLines(place, ['10.30.7.0/24'])).toEqual([expect.stringContaining('among the addresses of services')])
})
