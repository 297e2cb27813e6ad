export { type AdmissionDeps, type AdmissionRequest, admitChild, type IssuedAdmission } from './admit-child.ts'
export {
  type Authority,
  type AuthorityOptions,
  type ClientRequest,
  type Credentials,
  ensureAuthority,
  type ServerRequest,
} from './authority.ts'
export { ensureIdentityKey, type Identity, identityEndMs, loadIdentity, makeIdentity, saveIdentity } from './identity.ts'
export {
  afterAdmission,
  checkRedemption,
  createJoinToken,
  isJoinSecret,
  type JoinToken,
  type JoinTokenRecord,
  joinTokens,
  type NewJoinToken,
  parseJoinToken,
  type Redemption,
} from './join-token.ts'
export { keyHash } from './key-pair.ts'
export { type ChildKind, type ChildName, peerIdentity } from './peer-identity.ts'
export { ensureServerCertificate, PARENT_SERVER_NAME, type ServerCertificateOptions } from './server-certificate.ts'
export { makeSigningRequest, readSigningRequest } from './signing-request.ts'
export { isRenewalDue, validityOf } from './validity.ts'
