import type { NamedService } from '../zone.ts'

/** A service with one instance and two policies. */
export const web: NamedService = {
  service: 'web',
  namespace: 'Prod',
  application: 'shop',
  applicationNamespace: 'live',
  addresses: [
    { policy: 'round-robin', v4: '10.30.0.1', v6: 'fdff:2000::1' },
    { policy: 'closest', v4: '10.30.0.9' },
  ],
  instances: [{ number: 3, v4: '10.30.0.2', v6: 'fdff::2' }],
}
