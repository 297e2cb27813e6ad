// @vitest-environment happy-dom
import { MantineProvider } from '@mantine/core'
import { cleanup, render, screen, waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { Confirm, type Question } from './confirm.tsx'

function ask(question: Partial<Question>) {
  let acted = 0
  let closed = 0
  const whole: Question = {
    title: 'Delete shop?',
    text: 'Two services end.',
    verb: 'Delete',
    danger: true,
    act: () => (acted += 1),
    ...question,
  }
  render(
    <MantineProvider env="test">
      <Confirm question={whole} close={() => (closed += 1)} />
    </MantineProvider>,
  )
  return { acted: () => acted, closed: () => closed }
}

describe('a question before something is done', () => {
  beforeAll(() => {
    window.matchMedia ??= () => ({ matches: false, addEventListener: () => {}, removeEventListener: () => {} }) as unknown as MediaQueryList
  })
  afterEach(cleanup)

  it('does it once it is answered', async () => {
    const { acted, closed } = ask({})
    await userEvent.click(await screen.findByRole('button', { name: 'Delete' }))
    expect([acted(), closed()]).toEqual([1, 1])
  })

  it('does nothing when it is called off', async () => {
    const { acted, closed } = ask({})
    await userEvent.click(await screen.findByRole('button', { name: 'Cancel' }))
    expect([acted(), closed()]).toEqual([0, 1])
  })

  it('wants the name typed for what cannot be brought back', async () => {
    const { acted } = ask({ typed: 'shop' })
    const button = await screen.findByRole('button', { name: 'Delete' })
    expect(button).toHaveProperty('disabled', true)
    await userEvent.type(screen.getByRole('textbox'), 'shop{Enter}')
    await waitFor(() => expect(acted()).toBe(1))
  })
})
