"""Jinja templates in the inputs of steps: compiled once, rendered for each run, within bounds.

`template.py` compiles and renders one template, `inputs.py` a whole mapping of inputs.
`template_checks.py` finds mistakes without rendering, `template_sandbox.py` is the Jinja
environment, `template_budget.py` counts what one rendering may cost, and `filters/` has our own
filters. The templates of pages are elsewhere: `automator.server.web.templates`. Open `template.py`
first.
"""
