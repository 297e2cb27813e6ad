import type { SimulationOptions } from './simulate.ts'

/** Runs that failed once, each with what was wrong then. They are played with every change. */
export const REGRESSIONS: readonly (SimulationOptions & { readonly why: string })[] = [
  {
    seed: 264,
    faults: 12,
    size: 'medium',
    campaign: 'partitions',
    only: [3, 4],
    why: 'an instance was ended for a trouble that was over when its cluster returned',
  },
  {
    seed: 139,
    faults: 200,
    size: 'medium',
    campaign: 'all',
    only: [2, 4, 5],
    why: 'a one-shot that had ended while its cluster was away was told to leave, forgotten, and started there again',
  },
  {
    seed: 955,
    faults: 12,
    size: 'medium',
    campaign: 'partitions',
    only: [1, 7],
    why: 'a one-shot that ended while it was to leave its cluster was taken for one that waits for a place',
  },
  {
    seed: 662,
    faults: 200,
    size: 'medium',
    campaign: 'all',
    only: [69, 74],
    why: 'an instance that came back to a node while others were told of its end there was ended, and started again',
  },
  {
    seed: 729,
    faults: 200,
    size: 'medium',
    campaign: 'all',
    only: [17, 23],
    why: 'a node whose connection had stalled was taken for one that gives signs as often as others',
  },
  {
    seed: 699,
    faults: 200,
    size: 'medium',
    campaign: 'all',
    only: [10, 16],
    why: 'the same of a cluster',
  },
  {
    seed: 520,
    faults: 200,
    size: 'medium',
    campaign: 'all',
    only: [24, 27],
    why: 'what an operator had sent away from a node was to wait for it as long as its service would',
  },
]
