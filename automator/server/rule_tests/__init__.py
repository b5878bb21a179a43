"""The tests of rules for the command line, the API and the editor: which, with what, and in words.

`bench.py` makes what the tests of a configuration run on, `report.py` says how they went, and
`junit.py` writes the same for other programs; `timeline_text.py` tells a simulation of many events,
`backtest_text.py` a comparison of two rule sets, and `saving.py` makes one before a file is saved.
`coverage.py` asks what the newest events say of the rules, and `coverage_text.py` tells it. The
tests themselves are run by `automator.simulation.rule_tests`. Open `bench.py` first.
"""
