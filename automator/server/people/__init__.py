"""Changes contacts by hand: tags, values, opt-outs, staff notes, assignees, messages, erasing.

A note (`notes.py`) is a change of a contact's tags, values and opt-out. `spreadsheet.py` reads
notes from a CSV file, and `notes_json.py` from JSON. A staff note (`staff_notes.py`) is a text for
colleagues, with which a person can be handed on to one. `person_data.py` exports all data about a
person, and `erasing.py` erases it.
Finding people and blocking them is in `automator.server.shared.contacts`, the pages are in
`automator.server.pages.people`. Open `notes.py` first.
"""
