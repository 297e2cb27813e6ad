import { Button, Group, Modal, Stack, TextInput } from '@mantine/core'
import { type ReactNode, useState } from 'react'

export interface Question {
  readonly title: string
  /** What will happen, by name and number. */
  readonly text: ReactNode
  /** The verb, on the button. */
  readonly verb: string
  readonly danger?: boolean
  /** Must be typed first, for what cannot be brought back. */
  readonly typed?: string
  readonly act: () => void
}

interface ConfirmProps {
  readonly question: Question | undefined
  readonly close: () => void
}

/** Asks before something is done that others may notice. */
export function Confirm({ question, close }: ConfirmProps) {
  return (
    <Modal opened={question !== undefined} onClose={close} title={<strong>{question?.title}</strong>} size="md">
      {question ? <Answering question={question} close={close} /> : null}
    </Modal>
  )
}

function Answering({ question, close }: { readonly question: Question; readonly close: () => void }) {
  const [typed, setTyped] = useState('')
  const ready = question.typed === undefined || typed.trim() === question.typed
  const confirm = () => {
    close()
    question.act()
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (ready) confirm()
      }}
    >
      <Stack gap="lg">
        <div className="oak-prose">{question.text}</div>
        {question.typed === undefined ? null : (
          <TextInput
            label={`Type ${question.typed} to go on`}
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
            autoComplete="off"
            data-autofocus
          />
        )}
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={close}>
            Cancel
          </Button>
          <Button
            type="submit"
            disabled={!ready}
            color={question.danger ? 'red' : 'oak'}
            {...(question.typed === undefined ? { 'data-autofocus': true } : {})}
          >
            {question.verb}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

/** The state that a page with questions needs. */
export function useConfirm(): { readonly ask: (question: Question) => void; readonly element: ReactNode } {
  const [question, setQuestion] = useState<Question>()
  return { ask: setQuestion, element: <Confirm question={question} close={() => setQuestion(undefined)} /> }
}
