/** Facts of the overlay that every part of this package agrees on. Ranges: `reference/network.md` 1. */
export const OVERLAY = {
  v4: '10.16.0.0/12',
  v6: 'fc00::/7',
  /** Service and instance addresses: they travel with what they name and belong to no machine. */
  semanticV4: '10.30.0.0/16',
  semanticV6: 'fdff::/16',
} as const

/** Fits a VXLAN frame over IPv4 into an Ethernet frame of 1500 bytes (`reference/lab.md` 5); used on every link we make. */
export const MTU = 1450

/**
 * What fits over IPv6: 1500 bytes less 40 of IPv6, 8 of UDP and 8 of VXLAN-GPE, which wraps no inner Ethernet header.
 * Said by the routes to peers that are reached so; the links keep the larger one.
 */
export const MTU_OVER_V6 = 1444

/** A node's subnet when its text has no prefix length (`reference/network.md` 1.1 and 1.2). */
export const SUBNET_PREFIX = { v4: 26, v6: 120 } as const

/**
 * Priorities of the policy rules, smaller first. Those of one kind share a number, so that the rules of several nodes on
 * one machine interleave: each node's own traffic is looked up in its own table before any node's general rule applies.
 */
export const RULE_PRIORITY = {
  fromInstances: 10_000,
  toOverlay: 20_000,
  realNetworkInRange: 20_001,
  slowPath: 20_002,
  refuse: 20_003,
} as const

/** Mark our routes and rules, so that they are found again and nobody else's are touched. Free in iproute2's rt_protos. */
export const ROUTE_PROTOCOL = 111

/** Limits of one node's configuration, each with what would break beyond it. */
export const NETWORK_LIMITS = {
  /** A /26 has 62 host addresses, one of them the gateway's. */
  attachments: 61,
  /** Beyond this, listing the table takes longer than a node may stand still (`reference/lab.md` 7). */
  services: 50_000,
  /** Targets of one service: a larger anonymous map does not fit one netlink attribute. */
  targets: 1_000,
  /** Ports of the machine that lead to services: each is a chain with an anonymous map per family. */
  gates: 1_000,
  /** Instances that one of them leads to: their addresses and ports fit one netlink attribute. */
  gateTargets: 500,
  /** Published ports of one instance. */
  ports: 1_000,
  /** Clients that one isolated instance admits, and all of a node together: each is two elements, which are compared with each change. */
  admitted: 10_000,
  admittedOnNode: 100_000,
  /** Other nodes: as many as one control plane is made for. */
  peers: 10_000,
  /** Instances on all of them together, two routes each: beyond this a restart lists them for seconds. */
  remoteInstances: 50_000,
} as const
