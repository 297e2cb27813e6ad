export { createResponder, type Responder, type ResponderOptions } from './responder.ts'
export { createZone, type NameAddresses, type NamedService, OVERLAY_DOMAIN, searchDomains, serviceName, type Zone } from './zone.ts'
