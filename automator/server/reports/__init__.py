"""Reports: how fast people are answered, how far they get in a rule, and what rules achieve.

Pages, the API and commands show them; `engine/figures` computes them. Open `declarations.py` first.
"""
