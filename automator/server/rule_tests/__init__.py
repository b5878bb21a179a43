"""Tests of rules, for the command line, the API and the editor.

`file_tests.py` runs the tests of a file, and `event_tests.py` makes a test from a stored event.
`setup.py` prepares simulations. `report.py` describes results in words, also for other programs.
`timeline_text.py` describes a simulation of many events, and `backtest_text.py` a comparison of two
rule sets. `changes_of_saving.py` compares before a file is saved.
`automator.simulation.rule_tests` carries out the tests. Open `setup.py` first.
"""
