export {
  type AddressRange,
  BALANCING_POLICIES,
  type BalancingPolicy,
  formatAddress,
  INSTANCE_V6,
  isBalancingPolicy,
  isChoosable,
  isInside,
  parseAddress,
  policyRange,
  SERVICE_V4,
} from './address-plan.ts'
export type * from './descriptor.ts'
export { type GatewayDocument, gatewaySchema, readGateway } from './gateway.ts'
export { formatIpv4, formatIpv6, parseIpv4, parseIpv6 } from './ip.ts'
export { isLabel, isLabelKey, LABEL_EXPECTED, LABELS_MAX } from './labels.ts'
export { LIFE_DEFAULTS } from './life-defaults.ts'
export { REPLICAS_MAX } from './life-schema.ts'
export { parseServices, parseSla } from './parse.ts'
export type { ParseOptions } from './rules.ts'
export { applicationSchema, serviceListSchema, serviceSchema, slaSchema } from './schema.ts'
export { violationsOf } from './violations.ts'
export { wantedPolicies } from './wanted-policies.ts'
