import { notifications } from '@mantine/notifications'
import { useState } from 'react'
import { failureOf } from '../api/failure.ts'
import { useApp } from '../app-services.ts'

export interface Action<Input> {
  readonly busy: boolean
  run(input: Input): void
}

export interface ActionOptions<Input, Answer> {
  readonly act: (input: Input) => Promise<Answer>
  /** Said when it is done; nothing when the page shows it by itself. */
  readonly done?: (answer: Answer, input: Input) => string | undefined
  readonly after?: (answer: Answer, input: Input) => void
}

/** A change that somebody asks for: says when it fails and why, and has the page look again when it is done. */
export function useAction<Input = void, Answer = unknown>(options: ActionOptions<Input, Answer>): Action<Input> {
  const { queries } = useApp()
  const [busy, setBusy] = useState(false)
  const run = async (input: Input) => {
    setBusy(true)
    try {
      const answer = await options.act(input)
      const said = options.done?.(answer, input)
      if (said !== undefined) notifications.show({ message: said, color: 'oak' })
      void queries.invalidateQueries()
      options.after?.(answer, input)
    } catch (thrown) {
      tellFailure(thrown)
    } finally {
      setBusy(false)
    }
  }
  return { busy, run: (input) => void run(input) }
}

/** Stays until it was read: a message that vanishes is one that nobody saw. */
export function tellFailure(thrown: unknown): void {
  const { title, text } = failureOf(thrown)
  notifications.show({ title, message: text, color: 'red', autoClose: false, withBorder: true })
}
