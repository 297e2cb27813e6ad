/**
 * Numbers from here on are given by clusters, each out of a range of its own, to instances that they start by themselves. Root never
 * gets there by itself, one number at a time. Decision 10.
 */
export const LOCAL_NUMBERS_FROM = 1_000_000
