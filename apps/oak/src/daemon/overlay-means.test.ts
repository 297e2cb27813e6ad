import { expect, it } from 'vitest'
import { nameservers } from './overlay-means.ts'

it("finds the machine's resolvers, and nothing that is no address", () => {
  const text = '# nameserver 192.0.2.1\nsearch lan\nnameserver 127.0.0.53\n nameserver fe80::1%eth0\nnameserver nonsense\n'
  expect(nameservers(text)).toEqual(['127.0.0.53', 'fe80::1%eth0'])
})
