import { TEMPLATES, type Template } from './model/templates.ts'

interface TemplateChoiceProps {
  readonly chosen: string
  readonly choose: (template: Template) => void
}

export function TemplateChoice({ chosen, choose }: TemplateChoiceProps) {
  return (
    <div className="oak-templates" role="group" aria-label="Templates">
      {TEMPLATES.map((template) => (
        <button
          key={template.id}
          type="button"
          className="oak-template"
          aria-pressed={template.id === chosen}
          onClick={() => choose(template)}
        >
          <strong>{template.title}</strong>
          <div className="oak-sub">{template.text}</div>
        </button>
      ))}
    </div>
  )
}
