"""Changes of contacts by hand: tags, values, opt-outs, and notes of colleagues.

`notes.py` checks and stores one note or many, and plans an import. `spreadsheet.py` reads the notes
in a CSV file, and `note_fields.py` those in the form on a contact's page. `staff_notes.py` has the
notes that colleagues write for one another, and `handing_on.py` gives a person to a colleague.
`person_data.py` hands out everything that is stored about a person, and `erasing.py` erases it.
Finding people and blocking them is in `automator.server.shared.contacts`, the pages are in
`automator.server.pages.people`. Open `notes.py` first.
"""
