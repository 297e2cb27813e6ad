export { type CandidateIndex, createCandidateIndex } from './candidate-index.ts'
export { paretoSlots } from './pareto-slots.ts'
export { place } from './place.ts'
export type {
  Candidate,
  Constraint,
  Placement,
  PlacementRequest,
  PlacementResult,
  PlaceOptions,
  Proximity,
  PublishedPort,
  Rejected,
  ResourceRequest,
} from './placement.ts'
export { POLICIES, POLICY_DEFAULT, type PolicyName, parsePolicyName } from './policies/registry.ts'
export { geoText, parseGeoArea } from './proximity/geo-text.ts'
export { resolvePlaces } from './proximity/place-text.ts'
export { summariseAreas } from './proximity/summarise-areas.ts'
export { rankCandidates } from './rank.ts'
export { CPU_OVERCOMMITMENT_DEFAULT, reserve, slotOfNode } from './slots.ts'
