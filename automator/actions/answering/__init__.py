"""`answer`: an answer that a model writes out of the shop's own texts, checked before it is sent.

`answer.py` asks the model; `values_in_texts.py` finds what the texts do not say. Open `answer.py`
first.
"""
