"""The tests of rules for the command line, the API and the editor.

`running.py` runs the tests of a file, `event_tests.py` makes a test of an event that has come in,
`setup.py` has what the tests of a configuration share, `report.py` writes their results, and
`junit.py` does so for other programs. `timeline_text.py` describes a simulation of many events,
`backtest_text.py` a comparison of two rule sets, and `saving.py` makes one before a file is saved.
The tests themselves are run by `automator.simulation.rule_tests`. Open `setup.py` first.
"""
