"""Jinja templates in the inputs of steps: compiled once, and rendered within limits for each run.

`template.py` compiles and renders one template, `inputs.py` all inputs of a step.
`template_checks.py` finds mistakes without rendering, `template_budget.py` limits the work of
rendering, and `filters.py` has the filters. The templates of pages are in
`automator.server.web.templates`. Open `template.py` first.
"""
