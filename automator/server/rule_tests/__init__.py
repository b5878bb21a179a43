"""The tests of rules for the command line, the API and the editor.

`running.py` runs the tests of a file, `event_tests.py` makes a test from an event that came in,
`setup.py` has what the tests of a configuration share, `report.py` words their results, and
`junit.py` writes them for other programs. `timeline_text.py` describes a simulation of many events,
`backtest_text.py` a comparison of two rule sets, and `saving.py` makes such a comparison before a
file is saved. `automator.simulation.rule_tests` runs the tests themselves. Open `setup.py` first.
"""
