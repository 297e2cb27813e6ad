export type { Controller, ControllerStatus, KeyStatus, Outcome, Reconciler } from './reconciler.ts'
