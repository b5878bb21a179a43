"""The description of the API in OpenAPI 3.1, made of what its routes declare.

Nothing here is imported until somebody asks for it. Open `document.py` first.
"""
