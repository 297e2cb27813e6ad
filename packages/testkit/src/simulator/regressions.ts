import type { SimulationOptions } from './simulate.ts'

/** Runs that failed once, each with what was wrong then. They are played with every change. */
export const REGRESSIONS: readonly (SimulationOptions & { readonly why: string })[] = []
