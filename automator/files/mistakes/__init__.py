"""The mistakes of a file that cannot be read, or is read otherwise than its author means.

`yaml_errors.py` explains where YAML stops, `wrong_values.py` and `meant_values.py` values of the
wrong kind. The others each know one mistake of writing: `line_mistakes.py`, `flow_texts.py`,
`curly_quotes.py`. Open `yaml_errors.py` first.
"""
